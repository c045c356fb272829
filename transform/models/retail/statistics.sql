-- Per dataset, day and hour: what came, and what became of it.
with came as (
    select
        {{ dataset_of('deliveries.dataset') }} as dataset,
        deliveries.day,
        deliveries.hour,
        count(*) as lines,
        count(*) filter (copies.first < copies.place) as duplicates,
        sum(bytes)::bigint as bytes
    from {{ ref('deliveries') }} as deliveries
    join {{ ref('files') }} as files using (day, file)
    left join {{ ref('copies') }} as copies
        on copies.place = {{ place('files', 'deliveries') }}
    group by all
),

became as (
    select
        dataset,
        day,
        hour,
        count(*) filter (len(reasons) = 0) as valid,
        count(*) filter (len(reasons) > 0) as rejected,
        min(time) filter (len(reasons) = 0) as first_time,
        max(time) filter (len(reasons) = 0) as last_time
    from {{ ref('verdicts') }}
    group by all
),

broken as (
    select
        dataset,
        delivered_on,
        delivered_hour,
        '{' || string_agg(format('"{}": {}', rule, rows), ', ' order by rule)
            || '}' as rules
    from {{ ref('rejections') }}
    group by all
)

select
    came.dataset,
    came.day as delivered_on,
    -- A key has no NULL: the hour of a file whose folder names none.
    coalesce(came.hour, -1) as delivered_hour,
    came.lines,
    coalesce(became.valid, 0) as valid,
    coalesce(became.rejected, 0) as rejected,
    came.duplicates,
    coalesce(broken.rules, '{}')::json as rejected_by_rule,
    came.bytes,
    became.first_time,
    became.last_time,
    datediff('second', became.first_time, became.last_time) as seconds
from came
left join became
    on became.dataset = came.dataset
    and became.day = came.day
    and became.hour is not distinct from came.hour
left join broken
    on broken.dataset = came.dataset
    and broken.delivered_on = came.day
    and broken.delivered_hour = coalesce(came.hour, -1)
