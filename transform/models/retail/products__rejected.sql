{{ rejected('products') }}
