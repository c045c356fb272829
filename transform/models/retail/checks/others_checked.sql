-- Lines of files that are called as no dataset is.
select
    files.day,
    files.hour,
    files.file,
    deliveries.line,
    ['dataset_is_known: there is no dataset ' || deliveries.dataset]
        as reasons
from {{ ref('deliveries') }} as deliveries
join {{ ref('files') }} as files using (day, file)
left join {{ ref('copies') }} as copies
    on copies.place = {{ place('files', 'deliveries') }}
where {{ dataset_of('deliveries.dataset') }} = 'others'
    and coalesce(copies.first = copies.place, true)
