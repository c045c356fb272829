-- The newest version of each product.
select * exclude (version)
from {{ ref('product_history') }}
qualify version = max(version) over (partition by sku)
