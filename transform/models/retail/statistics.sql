-- Per dataset, day and hour: what came, and what became of it.
with came as (
    select
        case when files.dataset in (
            'customers', 'products', 'transactions', 'erasure-requests'
        ) then files.dataset else 'others' end as dataset,
        files.day,
        files.hour,
        count(*) as lines,
        count(*) filter (firsts.first is null) as duplicates,
        sum(bytes)::bigint as bytes
    from {{ ref('deliveries') }} as deliveries
    join {{ ref('files') }} as files on files.number = deliveries.file
    left join {{ ref('firsts') }} as firsts
        on firsts.first = deliveries.place
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
)

select
    came.dataset,
    came.day as delivered_on,
    -- A key has no NULL: the hour of a file whose folder names none.
    coalesce(came.hour, -1) as delivered_hour,
    lines,
    coalesce(valid, 0) as valid,
    coalesce(rejected, 0) as rejected,
    duplicates,
    bytes,
    first_time,
    last_time,
    datediff('second', first_time, last_time) as seconds
from came
left join became
    on became.dataset = came.dataset
    and became.day = came.day
    and became.hour is not distinct from came.hour
