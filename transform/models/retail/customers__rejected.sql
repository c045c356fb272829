{{ rejected('customers_checked', 'id') }}
