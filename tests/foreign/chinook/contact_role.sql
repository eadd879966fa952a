-- Whose contact they are; Chinook says nothing of their task.
-- Dialect: MariaDB (chinook).
select
    customer_id as source_key,
    customer_id as person_key,
    customer_id as customer_key,
    'contact' as role
from customer
where company is not null
