-- Makes a work table: what the distinct texts of one column are in the register's form; what is no identifier is not
-- in it.
create unlogged table staging.quarantine_conformed (
    given text not null,
    value text not null,
    token bytea not null
)
