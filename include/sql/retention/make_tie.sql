-- Makes a work table, dropped in the transaction that makes it: which person is tied to which customer.
create unlogged table staging.retention_tie (
    person uuid not null,
    customer uuid not null,
    primary key (person, customer)
)
