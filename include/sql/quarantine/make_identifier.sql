-- Makes a work table, dropped in the transaction that makes it: the identifiers that quarantined rows about somebody
-- carry, in the register's form.
create unlogged table staging.quarantine_identifier (
    quarantine_id bigint not null,
    format text not null,
    value text not null,
    token bytea not null
)
