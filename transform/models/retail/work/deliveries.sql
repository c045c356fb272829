-- Every line that was delivered: where, and which ones are the same. A line
-- that could not be read is like no other.
select
    files.number as file,
    files.number * {{ var('lines_per_file') }} + lines.line as place,
    md5_number(coalesce(lines.dataset || ' ' || lines.text, place::varchar))
        as same,
    coalesce(strlen(lines.text), 0) as bytes
from {{ source('retail_raw_all', 'lines') }} as lines
join {{ ref('files') }} as files
    on files.day = lines.extracted_at and files.file = lines.file
