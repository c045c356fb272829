-- The Bayesian mean draws films with few ratings towards the mean of all:
-- as if each film had, beside its own, an average film's number of average
-- ratings. Sums are of decimals, so that their order cannot matter.
with per_movie as (
    select
        movieId,
        count(*) as ratings,
        sum(rating::decimal(18, 6)) as stars
    from {{ ref('ratings') }}
    group by movieId
),

overall as (
    select
        sum(ratings) / count(*) as usual,
        sum(stars)::double / sum(ratings) as mean
    from per_movie
)

select
    movieId,
    ratings,
    round(stars::double / ratings, 6) as mean,
    round((usual * overall.mean + stars::double) / (usual + ratings), 6)
        as bayesian_mean
from per_movie
cross join overall
