-- Hours in which lines were lost, or counted twice.
with delivered as (
    select
        {{ dataset_of('lines.dataset') }} as dataset,
        lines.day as delivered_on,
        coalesce(lines.hour, -1) as delivered_hour,
        count(*) as lines
    from {{ ref('deliveries') }} as lines
    group by all
)

select
    dataset, delivered_on, delivered_hour, delivered.lines,
    valid, rejected, duplicates
from delivered
full join {{ ref('statistics') }} as counted
    using (dataset, delivered_on, delivered_hour)
where delivered.lines is distinct from valid + rejected + duplicates
