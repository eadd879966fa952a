-- What was written in tickets; times are local without offset.
-- Dialect: PostgreSQL (service_desk).
select
    entry_id as source_key,
    ticket_no as case_key,
    author_id as person_key,
    sent as sent_at,
    case via
        when 'mail' then 'email'
        when 'webchat' then 'chat'
        when 'voice' then 'phone'
        when 'internal' then 'note'
        else via
    end as channel,
    body
from desk.threads
