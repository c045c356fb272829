with read as (
    select
        *,
        {{ fields(['sku', 'name', 'price', 'category', 'popularity']) }}
    from ({{ delivered('products') }})
)

select *, {{ reasons() }} as reasons from read
