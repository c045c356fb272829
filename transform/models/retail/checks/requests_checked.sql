with read as (
    {{ delivered_fields('erasure-requests', ['customer-id', 'email']) }}
)

select *, {{ reasons() }} as reasons from read
