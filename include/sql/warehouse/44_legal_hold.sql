-- A named, dated stop on erasing one record's subject, or one case's recordings.
create table if not exists register.legal_hold (
    name text not null,
    source text not null,
    entity text not null,
    source_key text not null,
    reason text not null check (reason ~ '^[a-z_]{1,40}$'),
    staff text not null,
    held_from date not null,
    held_until date,
    primary key (name, source, entity, source_key)
)
