select
    userId::integer as userId,
    movieId::integer as movieId,
    rating::double as rating,
    "timestamp"::bigint as "timestamp"
from {{ source('movielens', 'ratings') }}
where movieId in (select movieId from {{ ref('movies') }})
