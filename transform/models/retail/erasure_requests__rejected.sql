{{ rejected('requests_checked', '"customer-id"') }}
