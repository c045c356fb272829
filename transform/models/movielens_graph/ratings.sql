select
    userId::integer as userId,
    movieId::integer as movieId,
    -- A FLOAT's text has the digits that were meant: 3.3, not 3.29999995.
    rating::varchar::double as rating,
    {{ seconds('"timestamp"') }} as "timestamp"
from {{ source('movielens', 'ratings') }}
where movieId::integer in (select movieId from {{ ref('movies') }})
