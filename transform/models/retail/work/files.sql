-- All files in the order in which they were delivered.
select
    row_number() over (order by extracted_at, try_cast(hour as integer), file)
        as number,
    extracted_at as day,
    try_cast(hour as integer) as hour,
    dataset,
    file
from (
    select distinct extracted_at, hour, dataset, file
    from {{ source('retail_raw_all', 'lines') }}
)
