-- Agreements with customers.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    customer_id::text as customer_key,
    number as contract_number,
    case type_code
        when 'SUP' then 'support'
        when 'CLD' then 'cloud'
        when 'DEV' then 'devices'
        when 'CON' then 'consulting'
        else type_code
    end as kind,
    starts_on as started_on,
    ends_on as ended_on
from crm.agreements
