-- What became of each different line, whom it names, which time it tells.
select 'customers' as dataset, day, hour, file, line, reasons, id as person,
    {{ time_of('last_change') }} as time
from {{ ref('customers_checked') }}
union all
select 'products', day, hour, file, line, reasons, null, null
from {{ ref('products_checked') }}
union all
select 'transactions', day, hour, file, line, reasons, customer_id,
    time
from {{ ref('transactions_checked') }}
union all
select 'erasure-requests', day, hour, file, line, reasons, "customer-id", null
from {{ ref('requests_checked') }}
union all
select 'others', day, hour, file, line, reasons, null, null
from {{ ref('others_checked') }}
