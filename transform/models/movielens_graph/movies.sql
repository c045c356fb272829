select
    movieId::integer as movieId,
    title,
    case
        when genres = '(no genres listed)' then []::varchar[]
        else list_distinct(list_filter(
            string_split(coalesce(genres, ''), '|'),
            lambda genre : genre <> ''
        ))
    end.list_sort() as genres
from {{ source('movielens', 'movies') }}
