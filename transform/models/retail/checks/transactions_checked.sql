-- Rows are decided twice rather than kept: of millions these are gigabytes.
with bought as not materialized (
    select place, unnest(list_distinct([
        coalesce(item.sku::varchar, 'none') for item in items
    ])) as sku
    from {{ ref('transactions_read') }}
),

unknown as materialized (
    select distinct place
    from bought
    where sku not in (select sku::varchar from {{ ref('products') }})
),

read as not materialized (
    select
        read.*,
        customers.id is not null as customer_is_known,
        unknown.place is null as products_are_known
    from {{ ref('transactions_read') }} as read
    left join {{ ref('customers') }} as customers
        on customers.id = read.customer_id and customer_id_type = 'VARCHAR'
    left join unknown on unknown.place = read.place
),

checked as not materialized (select *, {{ reasons() }} as reasons from read)

{{ newest_wins('checked', 'transaction_id') }}
