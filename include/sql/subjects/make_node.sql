-- Makes the work table: one node per record that is about somebody; nodes with an equal tie are one subject.
-- It is dropped in the transaction that makes it.
create unlogged table staging.subject_node (
    node bigint generated always as identity primary key,
    source text not null,
    entity text not null,
    source_key text not null,
    kind text not null,
    name_key text,
    email text,
    phone text,
    y_tunnus text,
    shared boolean not null,
    first_tie text,
    second_tie text,
    label bigint,
    rule text,
    subject_id uuid
)
