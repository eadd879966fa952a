-- Organisations among the parties.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.organisations (
    party_id bigint,
    legal_name text,
    business_id text,
    website text,
    employees integer,
    founded_on date
)
