-- Addresses of parties.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.addresses (
    id bigint,
    party_id bigint,
    usage_code text,
    line_1 text,
    postcode text,
    city text,
    country text
)
