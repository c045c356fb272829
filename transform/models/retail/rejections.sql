-- Per dataset, day and hour: how many rows broke which rule.
select
    dataset,
    day as delivered_on,
    coalesce(hour, -1) as delivered_hour,
    split_part(reason, ':', 1) as rule,
    count(*) as rows
from (
    select dataset, day, hour, unnest(reasons) as reason
    from {{ ref('verdicts') }}
)
group by all
