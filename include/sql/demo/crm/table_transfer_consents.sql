-- Consents to a transfer outside the EU/EEA.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.transfer_consents (
    id bigint,
    person_id bigint,
    country text,
    valid_from date,
    valid_to date,
    withdrawn_at timestamptz
)
