-- Makes a work table: the records that were touched.
-- It is dropped in the transaction that makes it.
create unlogged table staging.subject_key (
    source text not null,
    entity text not null,
    source_key text not null,
    primary key (source, entity, source_key)
)
