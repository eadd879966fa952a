-- Orders of customers.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    customer_id::text as customer_key,
    ordered_on,
    delivered_on,
    cancelled_on,
    returned_on,
    total as value
from crm.orders
