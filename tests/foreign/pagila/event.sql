-- Rentals, as the customer's history. Left out: which film, and which clerk; what somebody watches is no business of
-- this register.
-- Dialect: SQLite (pagila).
select
    rental_id as source_key,
    customer_id as customer_key,
    rental_date as happened_at,
    'order' as kind,
    iif(return_date is null, 'rental, not returned', 'rental, returned ' || date(return_date)) as summary
from rental
