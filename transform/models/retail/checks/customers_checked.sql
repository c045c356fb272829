with read as (
    {{ delivered_fields('customers', [
        'id', 'first_name', 'last_name', 'email', 'date_of_birth',
        'phone_number', 'address', 'city', 'country', 'postcode',
        'last_change', 'segment'
    ]) }}
),

checked as (select *, {{ reasons() }} as reasons from read)

{{ newest_wins('checked', 'id') }}
