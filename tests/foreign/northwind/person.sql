-- Contact persons: Northwind keeps one in each customer's row and gives them no key, so the customer's key is theirs.
-- The number in the row is the company's and stays with the company. Left out: employees, with birth dates, photos,
-- home addresses and notes; staff are not this register's subjects.
-- Dialect: PostgreSQL (northwind).
select
    customer_id as source_key,
    contact_name as full_name
from customers
