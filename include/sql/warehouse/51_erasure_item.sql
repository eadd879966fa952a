-- One record of a plan: what happens to it, by which rule, on which ground and until when; and when it was done.
-- media: path of a recording's file, from its deletion until verify has seen that it is gone.
create table if not exists register.erasure_item (
    checksum text not null references register.erasure_plan on delete cascade,
    source text not null,
    entity text not null,
    source_key text not null,
    action text not null check (action in ('erase', 'restrict', 'keep')),
    rule text not null,
    ground text not null,
    until date,
    subject_id uuid,
    done_on date,
    media text,
    primary key (checksum, entity, source, source_key)
)
