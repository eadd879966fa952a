-- What a party is to us.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.party_roles (
    party_id bigint,
    role_code text,
    since date
)
