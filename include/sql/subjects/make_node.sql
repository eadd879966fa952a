-- Makes a work table: one node per record that was reached, at first a component of its own.
-- It is dropped in the transaction that makes it.
create unlogged table staging.subject_node (
    node bigint primary key,
    source text not null,
    entity text not null,
    source_key text not null,
    kind text not null,
    name_key text,
    email text,
    phone text,
    y_tunnus text,
    shared boolean not null,
    phone_shared boolean not null,
    label bigint not null,
    subject_id uuid,
    unique (source, entity, source_key)
)
