-- All files in the order in which they were delivered.
select
    row_number() over (order by day, hour, file) as number,
    day,
    hour,
    dataset,
    file
from (select distinct day, hour, dataset, file from {{ ref('deliveries') }})
