-- What who is who compares: the identifiers of each record that is about somebody, as they were when it last looked.
create table if not exists register.subject_identifier (
    source text not null,
    entity text not null,
    source_key text not null,
    kind text not null,
    name_key text,
    email text,
    phone text,
    y_tunnus text,
    shared boolean not null,
    primary key (source, entity, source_key)
)
