with read as (
    {{ delivered_fields(
        'products', ['sku', 'name', 'price', 'category', 'popularity']
    ) }}
)

select *, {{ reasons() }} as reasons from read
