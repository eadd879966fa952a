-- Consents of people to a transfer outside the EU/EEA, by country.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    person_id::text as person_key,
    country,
    valid_from,
    valid_to,
    withdrawn_at
from crm.transfer_consents
