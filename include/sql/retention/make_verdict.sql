-- Makes a work table, dropped in the transaction that makes it: what happens to each record whose time is over.
create unlogged table staging.retention_verdict (
    entity text not null,
    source text not null,
    source_key text not null,
    action text not null check (action in ('erase', 'restrict', 'keep')),
    rule text not null,
    ground text not null,
    until date,
    subject_id uuid,
    primary key (entity, source, source_key)
)
