-- Addresses: a customer's own, and each other place that an order of theirs was shipped to, under the number of the
-- first such order. Left out: region (no such column in the register) and the name on the parcel.
-- Dialect: PostgreSQL (northwind).
with places as (
    select
        'customer ' || customer_id as source_key,
        customer_id,
        'use' as kind,
        address,
        postal_code,
        city,
        country
    from customers
    union all
    select
        'order ' || min(orders.order_id) as source_key,
        orders.customer_id,
        'delivery' as kind,
        orders.ship_address,
        orders.ship_postal_code,
        orders.ship_city,
        orders.ship_country
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    where (orders.ship_address, orders.ship_city) is distinct from (customers.address, customers.city)
    group by
        orders.customer_id, orders.ship_address, orders.ship_postal_code, orders.ship_city, orders.ship_country
)

select
    source_key,
    customer_id as customer_key,
    kind,
    address as street,
    postal_code,
    city,
    country
from places
