-- Services under an agreement.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.agreement_lines (
    id bigint,
    agreement_id bigint,
    product_name text,
    opened_on date,
    closed_on date,
    cloud text,
    region text
)
