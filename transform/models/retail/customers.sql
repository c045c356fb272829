select
    id, first_name, last_name, email, date_of_birth, phone_number, address,
    city, country, postcode, last_change::date as last_change, segment,
    day as delivered_on, hour as delivered_hour
from {{ ref('customers_checked') }}
where len(reasons) = 0
