-- Lines of files that are called as no dataset is.
select
    files.day as delivered_on,
    files.hour as delivered_hour,
    lines.file,
    lines.line,
    ['dataset_is_known: there is no dataset ' || lines.dataset] as reasons,
    lines.text
from {{ source('retail_raw_all', 'lines') }} as lines
join {{ ref('files') }} as files
    on files.day = lines.extracted_at and files.file = lines.file
join {{ ref('firsts') }} as firsts
    on firsts.first = files.number * {{ var('lines_per_file') }} + lines.line
where lines.dataset not in (
    'customers', 'products', 'transactions', 'erasure-requests'
)
