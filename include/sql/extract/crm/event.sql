-- Customer history: what happened with a customer, and who took part.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    party_id::text as customer_key,
    person_id::text as person_key,
    occurred_at as happened_at,
    case type_code
        when 'CHG' then 'service_change'
        when 'CALL' then 'contact'
        when 'MEET' then 'contact'
        when 'QUOTE' then 'offer'
        when 'ORDER' then 'order'
        when 'AGRMT' then 'contract'
        else type_code
    end as kind,
    summary
from crm.activities
