-- Which person does what at which customer.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.relationships (
    id bigint,
    person_id bigint,
    customer_id bigint,
    role_code text,
    job_title text
)
