select
    userId::integer as userId,
    movieId::integer as movieId,
    rating::double as rating,
    {{ seconds('"timestamp"') }} as "timestamp"
from {{ source('movielens', 'ratings') }}
where movieId::integer in (select movieId from {{ ref('movies') }})
