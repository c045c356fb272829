{{ rejected('transactions_checked', 'customer_id') }}
