select
    transaction_id,
    transaction_time::timestamp as transaction_time,
    customer_id,
    delivery.address ->> '$' as delivery_address,
    delivery.postcode ->> '$' as delivery_postcode,
    delivery.city ->> '$' as delivery_city,
    delivery.country ->> '$' as delivery_country,
    total_cost,
    day as delivered_on,
    hour as delivered_hour
from {{ ref('transactions_checked') }}
where len(reasons) = 0
