-- Makes a work table, dropped in the transaction that makes it: the identifiers of the records to erase.
create unlogged table staging.erasure_identifier (
    subject_id uuid not null,
    format text not null,
    value text not null
)
