-- The contact persons of companies. Left out: employees, with birth dates and home addresses; staff are not this
-- register's subjects.
-- Dialect: MariaDB (chinook).
select
    customer_id as source_key,
    concat_ws(' ', first_name, last_name) as full_name,
    email
from customer
where company is not null
