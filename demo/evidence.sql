SELECT
    o.order_id,
    o.order_date,
    c.company_name AS customer,
    o.ship_city,
    p.product_name AS product,
    d.unit_price,
    d.quantity,
    d.discount,
    round((d.unit_price * d.quantity * (1 - d.discount))::numeric, 2) AS amount
FROM orders AS o
JOIN order_details AS d USING (order_id)
JOIN products AS p USING (product_id)
JOIN customers AS c USING (customer_id)
ORDER BY o.order_id, d.product_id
