select
    day as delivered_on,
    hour as delivered_hour,
    file,
    line,
    "customer-id" as customer_id,
    email
from {{ ref('requests_checked') }}
where len(reasons) = 0
