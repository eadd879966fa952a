-- Customers: every row of customers is a company. Its number is national and its country stands in another column, so
-- the country is put before it. Left out: fax (nobody calls it), region (no such column in the register).
-- Dialect: PostgreSQL (northwind).
select
    customer_id as source_key,
    'company' as kind,
    company_name as name,
    coalesce(country || ': ', '') || phone as phone
from customers
