select
    *,
    {{ fields([
        'transaction_id', 'transaction_time', 'customer_id',
        'delivery_address', 'purchases'
    ]) }},
    json_transform(
        json[4],
        '{"address": "JSON", "postcode": "JSON", "city": "JSON", "country": "JSON"}'
    ) as delivery,
    json_transform(
        json[5],
        '{"products": [{"sku": "JSON", "quanitity": "JSON", "price": "JSON", "total": "JSON"}], "total_cost": "JSON"}'
    ) as bought
from ({{ delivered('transactions') }})
