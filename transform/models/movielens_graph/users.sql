select distinct userId::integer as userId
from {{ source('movielens', 'ratings') }}
