-- Addresses of use and of delivery of customers.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    party_id::text as customer_key,
    case usage_code
        when 'USE' then 'use'
        when 'DLV' then 'delivery'
        when 'INV' then 'billing'
        else usage_code
    end as kind,
    line_1 as street,
    postcode as postal_code,
    city,
    country
from crm.addresses
