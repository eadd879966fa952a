-- Marketing permissions and objections.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.consents (
    id bigint,
    person_id bigint,
    channel_code text,
    granted text,
    basis_code text,
    given_on date,
    withdrawn_on date,
    given_from_ip text
)
