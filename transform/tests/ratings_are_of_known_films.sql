{{ config(severity='warn') }}

select userId, movieId
from {{ ref('ratings_without_movie') }}
order by userId, movieId
