select distinct unnest(genres) as name
from {{ ref('movies') }}
