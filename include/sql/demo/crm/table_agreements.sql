-- Agreements with customers.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.agreements (
    id bigint,
    customer_id bigint,
    number text,
    type_code text,
    starts_on date,
    ends_on date
)
