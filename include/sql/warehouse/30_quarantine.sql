-- Rows that a gate refused, each with its rules, until it is released or its 30 days are over.
-- An expired or rejected row keeps its place in the books but loses its content (row is null). digest: SHA-256 of the
-- content as it was kept, whatever the rules of the time: it tells whether the source still sends the same row.
create table if not exists quarantine.row (
    quarantine_id bigint generated always as identity primary key,
    source text not null,
    entity text not null,
    source_key text,
    copy int not null default 1,
    content_hash bytea not null,
    gate text not null check (gate in ('quality', 'residency')),
    rules text[] not null check (cardinality(rules) > 0),
    first_pull uuid not null,
    last_pull uuid not null,
    first_refused_on date not null,
    expires_on date not null,
    row jsonb,
    digest bytea
)
