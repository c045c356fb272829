-- Where each different line came first and last.
select min(place) as first, max(place) as newest
from {{ ref('deliveries') }}
group by same
