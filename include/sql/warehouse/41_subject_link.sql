-- Which record is about which subject, by which rule it was tied, and by which kinds of identifiers in all.
create table if not exists register.subject_link (
    source text not null,
    entity text not null,
    source_key text not null,
    subject_id uuid not null references register.subject,
    rule text not null,
    ties text[] not null default array[]::text[],
    primary key (source, entity, source_key)
)
