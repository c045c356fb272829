-- Every line that was delivered, read once from the lake, and what tells it
-- from others: a line that could not be read as it should is like no line
-- that could.
select
    extracted_at as day,
    {{ hour_of('hour') }} as hour,
    dataset,
    file,
    line,
    text,
    problem,
    md5_number(concat_ws(' ', dataset, problem, text)) as same,
    coalesce(strlen(text), 0) as bytes
from {{ source('retail_raw_all', 'lines') }}
