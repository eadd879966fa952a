-- Orders, with what the goods cost after discount. Prices and discounts are floating-point numbers there, so the sum is
-- rounded. Left out: freight, shipper, the employee who took the order, and which products were bought.
-- Dialect: PostgreSQL (northwind).
with goods as (
    select
        order_id,
        sum(unit_price * quantity * (1 - discount)) as value
    from order_details
    group by order_id
)

select
    orders.order_id as source_key,
    orders.customer_id as customer_key,
    orders.order_date as ordered_on,
    orders.shipped_date as delivered_on,
    round(goods.value::numeric, 2) as value
from orders
left join goods on orders.order_id = goods.order_id
