select
    transactions.transaction_id,
    items.position::integer as position,
    (items.item.sku ->> '$')::bigint as sku,
    try_cast(items.item.quanitity ->> '$' as bigint) as quantity,
    try_cast(items.item.price ->> '$' as decimal(18, 4)) as price,
    try_cast(items.item.total ->> '$' as decimal(18, 4)) as total
from {{ ref('items_read') }} as items
join {{ ref('transactions_checked') }} as transactions
    using (day, file, line)
where len(transactions.reasons) = 0
