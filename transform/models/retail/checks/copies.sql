-- Lines that came more than once: where each came, first and last. Others
-- are not in here: of many lines only few come again.
with placed as (
    select deliveries.same, {{ place('files', 'deliveries') }} as place
    from {{ ref('deliveries') }} as deliveries
    join {{ ref('files') }} as files using (day, file)
    where text is not null
),

repeated as (
    select same, min(place) as first, max(place) as newest
    from placed
    group by same
    having count(*) > 1
)

select placed.place, repeated.first, repeated.newest
from placed
join repeated using (same)
