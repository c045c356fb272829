with read as (
    select *, {{ fields(['customer-id', 'email']) }}
    from ({{ delivered('erasure-requests') }})
)

select *, {{ reasons() }} as reasons from read
