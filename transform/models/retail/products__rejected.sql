{{ rejected('products_checked') }}
