-- The segment computed for each customer.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    party_id::text as customer_key,
    case segment_code
        when 'A' then 'growing'
        when 'B' then 'steady'
        when 'C' then 'leaving'
        when 'D' then 'lost'
        else segment_code
    end as segment,
    computed_on
from crm.scores
