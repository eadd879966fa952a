-- Which record is about which subject, and by which rule it was tied.
create table if not exists register.subject_link (
    source text not null,
    entity text not null,
    source_key text not null,
    subject_id uuid not null references register.subject,
    rule text not null,
    primary key (source, entity, source_key)
)
