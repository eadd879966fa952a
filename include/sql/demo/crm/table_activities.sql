-- What happened with a customer.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.activities (
    id bigint,
    party_id bigint,
    person_id bigint,
    occurred_at timestamptz,
    type_code text,
    summary text
)
