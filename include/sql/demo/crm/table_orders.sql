-- Orders.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.orders (
    id bigint,
    customer_id bigint,
    ordered_on date,
    delivered_on date,
    cancelled_on date,
    returned_on date,
    total text
)
