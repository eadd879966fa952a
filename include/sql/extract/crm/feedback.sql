-- Answers to surveys.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    party_id::text as customer_key,
    person_id::text as person_key,
    answered_on as given_on,
    score,
    comment
from crm.surveys
