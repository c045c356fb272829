-- All rejected lines as they came.
select
    verdicts.dataset,
    verdicts.day as delivered_on,
    verdicts.hour as delivered_hour,
    verdicts.file,
    verdicts.line,
    verdicts.reasons,
    verdicts.person,
    lines.text
from {{ source('retail_raw_all', 'lines') }} as lines
join {{ ref('verdicts') }} as verdicts
    on verdicts.day = lines.extracted_at
    and verdicts.file = lines.file
    and verdicts.line = lines.line
where len(verdicts.reasons) > 0
