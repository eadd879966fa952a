-- Makes a work table: the keys of a subject's records, and what tells that they are.
create unlogged table staging.quarantine_belonging (
    source text not null,
    entity text not null,
    source_key text,
    quarantine_id bigint,
    because text not null
)
