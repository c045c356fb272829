-- Every line that was delivered, and what tells it from others: a line that
-- could not be read as it should is like no line that could.
select
    extracted_at as day,
    {{ hour_of('hour') }} as hour,
    dataset,
    file,
    line,
    md5_number(concat_ws(' ', dataset, problem, text)) as same,
    text is null as unread,
    coalesce(strlen(text), 0) as bytes
from {{ source('retail_raw_all', 'lines') }}
