-- What a product was, one row per change; one that was so before and is so
-- again has a row for each time.
with told as (
    select
        checked.sku::bigint as sku,
        checked.name,
        checked.price::decimal(18, 2) as price,
        checked.category,
        checked.popularity::double as popularity,
        coalesce(copies.place, checked.place) as place
    from {{ ref('products_checked') }} as checked
    left join {{ ref('copies') }} as copies on copies.first = checked.place
    where len(checked.reasons) = 0
),

changed as (
    select *
    from told
    qualify row(name, price, category, popularity) is distinct from lag(
        row(name, price, category, popularity)
    ) over (partition by sku order by place)
)

select
    changed.sku,
    row_number() over (partition by sku order by place) as version,
    changed.* exclude (sku, place),
    files.day as delivered_on,
    files.hour as delivered_hour
from changed
join {{ ref('files') }} as files
    on files.number = changed.place // {{ var('lines_per_file') }}
