-- Hours in which lines were lost, or counted twice.
with delivered as (
    select
        case when lines.dataset in (
            'customers', 'products', 'transactions', 'erasure-requests'
        ) then lines.dataset else 'others' end as dataset,
        lines.extracted_at as delivered_on,
        coalesce(try_cast(lines.hour as integer), -1) as delivered_hour,
        count(*) as lines
    from {{ source('retail_raw_all', 'lines') }} as lines
    group by all
)

select
    dataset, delivered_on, delivered_hour, delivered.lines,
    valid, rejected, duplicates
from delivered
full join {{ ref('statistics') }} as counted
    using (dataset, delivered_on, delivered_hour)
where delivered.lines is distinct from valid + rejected + duplicates
