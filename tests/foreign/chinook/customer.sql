-- Customers: a row with a company is that company, a row without is the person. The e-mail address is the person's in
-- both cases, so a company has none here. Left out: fax, state, and the employee who supports the customer.
-- Dialect: MariaDB (chinook).
select
    customer_id as source_key,
    if(company is null, 'person', 'company') as kind,
    coalesce(company, concat_ws(' ', first_name, last_name)) as name,
    if(company is null, email, null) as email,
    if(phone is null, null, concat_ws(': ', country, phone)) as phone
from customer
