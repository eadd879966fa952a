-- Prospects with the ground on which each was noted.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    company,
    business_id as y_tunnus,
    contact_name as full_name,
    email,
    phone,
    case ground_code
        when 'REQ' then 'asked_for_offer'
        when 'EXC' then 'former_customer'
        when 'PUB' then 'public_source'
        else ground_code
    end as ground,
    noted_on
from crm.leads
