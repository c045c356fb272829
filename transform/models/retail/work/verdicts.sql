-- What became of each different line, and which time it tells.
select 'customers' as dataset, day, hour, reasons,
    try_cast(last_change as timestamp) as time
from {{ ref('customers_checked') }}
union all
select 'products', day, hour, reasons, null from {{ ref('products_checked') }}
union all
select 'transactions', day, hour, reasons,
    try_cast(transaction_time as timestamp)
from {{ ref('transactions_checked') }}
union all
select 'erasure-requests', day, hour, reasons, null
from {{ ref('requests_checked') }}
union all
select 'others', delivered_on, delivered_hour, reasons, null
from {{ ref('others__rejected') }}
