-- Makes a work table: the records whose components are made anew.
-- It is dropped in the transaction that makes it.
create unlogged table staging.subject_reached (
    source text not null,
    entity text not null,
    source_key text not null,
    primary key (source, entity, source_key)
)
