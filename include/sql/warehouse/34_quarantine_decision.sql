-- What a member of staff decided of a refused row, known by its key and the digest of its content: release overrules
-- the rules named here, reject keeps it out. It ends when the source sends another content, or the row no more.
create table if not exists quarantine.decision (
    source text not null,
    entity text not null,
    source_key text,
    digest bytea not null,
    decision text not null check (decision in ('release', 'reject')),
    rules text[] not null,
    reason text not null check (reason ~ '^[a-z_]{1,40}$'),
    staff text not null,
    decided_on date not null,
    unique nulls not distinct (source, entity, source_key, digest),
    check (decision = 'reject' or source_key is not null)
)
