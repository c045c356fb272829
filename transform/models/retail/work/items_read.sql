-- Each line of each transaction, in order.
select
    file,
    line,
    day,
    generate_subscripts(bought.products, 1) as position,
    unnest(bought.products) as item
from {{ ref('transactions_read') }}
