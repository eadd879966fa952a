-- Billing addresses. The address on each invoice is the same, and stays there with the voucher.
-- Dialect: MariaDB (chinook).
select
    customer_id as source_key,
    customer_id as customer_key,
    'billing' as kind,
    address as street,
    postal_code,
    city,
    country
from customer
