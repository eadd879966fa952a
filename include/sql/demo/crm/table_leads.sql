-- Prospects.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.leads (
    id bigint,
    company text,
    business_id text,
    contact_name text,
    email text,
    phone text,
    ground_code text,
    noted_on date,
    twitter text
)
