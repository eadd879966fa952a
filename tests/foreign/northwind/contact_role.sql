-- What the contact person is at the customer; the title itself is kept as the position.
-- Dialect: PostgreSQL (northwind).
select
    customer_id as source_key,
    customer_id as person_key,
    customer_id as customer_key,
    case
        when contact_title like '%Owner%' then 'decision_maker'
        when contact_title like 'Accounting%' then 'billing'
        else 'contact'
    end as role,
    contact_title as position
from customers
