-- People whose country is neither known nor in doubt, or both.
select person_id
from {{ ref('people') }}
where (country_of_birth is null) <> (doubt is not null)
