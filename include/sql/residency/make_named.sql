-- Makes a work table: what the records that lie outside lead to, reference by reference, themselves first.
create unlogged table {named} (
    source text not null,
    record_key text not null,
    entity text not null,
    key text not null,
    primary key (source, record_key, entity, key)
)
