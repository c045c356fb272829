select
    userId::integer as userId,
    movieId::integer as movieId,
    rating::varchar::double as rating,
    {{ seconds('"timestamp"') }} as "timestamp"
from {{ source('movielens', 'ratings') }} as rated
where not exists (
    from {{ ref('movies') }} as movies
    where movies.movieId = rated.movieId::integer
)
