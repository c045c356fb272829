-- Transactions and what was bought, each field in its type.
with read as (
    select *, json_transform(document, '{
        "transaction_id": "JSON",
        "transaction_time": "VARCHAR",
        "customer_id": "JSON",
        "delivery_address": {
            "address": "VARCHAR", "postcode": "VARCHAR",
            "city": "VARCHAR", "country": "VARCHAR"
        },
        "purchases": {
            "products": [{
                "sku": "VARCHAR", "quanitity": "VARCHAR",
                "price": "VARCHAR", "total": "VARCHAR"
            }],
            "total_cost": "VARCHAR"
        }
    }') as json
    from ({{ delivered('transactions') }})
)

select
    * exclude (document, json),
    json.transaction_id ->> '$' as transaction_id,
    json_type(json.transaction_id) as transaction_id_type,
    {{ time_of('json.transaction_time') }} as time,
    json.customer_id ->> '$' as customer_id,
    json_type(json.customer_id) as customer_id_type,
    json_type(document, '$.delivery_address') as delivery_address_type,
    json.delivery_address.address as delivery_address,
    json.delivery_address.postcode as delivery_postcode,
    json.delivery_address.city as delivery_city,
    json.delivery_address.country as delivery_country,
    list_transform(json.purchases.products, lambda item: {
        sku: case
            when regexp_full_match(item.sku, '0|-?[1-9][0-9]*')
                then try_cast(item.sku as bigint)
        end,
        quantity: {{ whole('item.quanitity') }},
        price: {{ amount('item.price') }},
        total: {{ amount('item.total') }},
        has_quantity: item.quanitity is not null,
        has_price: item.price is not null
    }) as items,
    {{ amount('json.purchases.total_cost') }} as total_cost
from read
