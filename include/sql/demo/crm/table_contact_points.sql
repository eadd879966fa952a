-- E-mail addresses (E) and phone numbers (T) of parties.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.contact_points (
    party_id bigint,
    medium text,
    value text,
    preferred boolean
)
