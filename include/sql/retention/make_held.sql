-- Makes a work table, dropped in the transaction that makes it: the records under a legal hold. by_case: the hold is
-- tied to a case or a recording; only such a one keeps a recording.
create unlogged table staging.retention_held (
    entity text not null,
    source text not null,
    source_key text not null,
    by_case boolean not null,
    until date not null,
    primary key (entity, source, source_key)
)
