select
    transaction_id,
    position::integer as position,
    item.sku,
    item.quantity,
    item.price,
    item.total
from (
    select
        transaction_id,
        generate_subscripts(items, 1) as position,
        unnest(items) as item
    from {{ ref('transactions_checked') }}
    where len(reasons) = 0
)
