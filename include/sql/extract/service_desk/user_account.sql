-- Logins of the people who ask for help.
-- Dialect: PostgreSQL (service_desk).
select
    account_id as source_key,
    requester_id as person_key,
    client_id as customer_key,
    login as user_id,
    activated as opened_on,
    deactivated as closed_on
from desk.accounts
