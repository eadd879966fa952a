-- Customers, all of them persons. Left out: the phone number of their address (digits at random, without a country),
-- the store, and whether the customer is active.
-- Dialect: SQLite (pagila).
select
    customer_id as source_key,
    'person' as kind,
    first_name || ' ' || last_name as name,
    email,
    create_date as registered_on
from customer
