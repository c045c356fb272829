with unknown as (
    select day, file, line, count(*) as products
    from {{ ref('items_read') }} as items
    where not exists (
        select 1 from {{ ref('products') }} as products
        where products.sku = try_cast(items.item.sku as bigint)
            and json_type(items.item.sku) in ('BIGINT', 'UBIGINT')
    )
    group by day, file, line
),

read as (
    select
        read.*,
        customers.id is not null as customer_is_known,
        coalesce(unknown.products, 0) as unknown_products,
        try_cast(bought.total_cost ->> '$' as decimal(18, 4)) as total_cost,
        list_transform(
            bought.products,
            lambda product: try_cast(product.total ->> '$' as decimal(18, 4))
        ) as totals
    from {{ ref('transactions_read') }} as read
    left join {{ ref('customers') }} as customers
        on customers.id = read.customer_id and json_type(json[3]) = 'VARCHAR'
    left join unknown using (day, file, line)
),

checked as (select *, {{ reasons() }} as reasons from read)

{{ newest_wins('checked', 'transaction_id') }}
