-- Which person does what at which customer.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    person_id::text as person_key,
    customer_id::text as customer_key,
    case role_code
        when 'CNT' then 'contact'
        when 'BIL' then 'billing'
        when 'TEC' then 'technical'
        when 'DEC' then 'decision_maker'
        when 'USR' then 'user'
        else role_code
    end as role,
    job_title as position
from crm.relationships
