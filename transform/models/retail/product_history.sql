-- All that was ever delivered of a product, one row per version.
select
    sku::bigint as sku,
    row_number() over (partition by sku::bigint order by newest) as version,
    name,
    price::decimal(18, 2) as price,
    category,
    popularity::double as popularity,
    day as delivered_on,
    hour as delivered_hour
from {{ ref('products_checked') }}
where len(reasons) = 0
