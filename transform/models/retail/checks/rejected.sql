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
from {{ ref('deliveries') }} as lines
join {{ ref('verdicts') }} as verdicts using (day, file, line)
where len(verdicts.reasons) > 0
