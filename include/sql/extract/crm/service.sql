-- Services, one row per line of an agreement, with the cloud region each is delivered from.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    agreement_id::text as contract_key,
    product_name as product,
    opened_on,
    closed_on as terminated_on,
    cloud as provider,
    region as delivered_from
from crm.agreement_lines
