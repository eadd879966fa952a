-- Tickets; times are local without offset.
-- Dialect: PostgreSQL (service_desk).
select
    ticket_no as source_key,
    client_id as customer_key,
    requester_id as person_key,
    opened as opened_at,
    closed as closed_at,
    case queue
        when 'ACC' then 'access'
        when 'HW' then 'hardware'
        when 'NET' then 'network'
        when 'SW' then 'software'
        when 'INV' then 'billing'
        when 'MISC' then 'other'
        else queue
    end as category,
    case priority
        when 'P1' then 'critical'
        when 'P2' then 'high'
        when 'P3' then 'normal'
        when 'P4' then 'low'
        else priority
    end as severity,
    subject as title
from desk.tickets
