select
    transaction_id,
    time as transaction_time,
    customer_id,
    delivery_address,
    delivery_postcode,
    delivery_city,
    delivery_country,
    total_cost,
    day as delivered_on,
    hour as delivered_hour
from {{ ref('transactions_checked') }}
where len(reasons) = 0
