select
    movieId,
    unnest(genres) as genre
from {{ ref('movies') }}
