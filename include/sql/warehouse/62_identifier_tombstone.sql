-- Keyed hashes of the identifiers of subjects whom nothing ties any more; they suppress from any source.
create table if not exists vault.identifier_tombstone (
    key_version int not null,
    format text not null check (format in ('email', 'phone', 'y_tunnus')),
    token bytea not null check (length(token) = 32),
    plan text not null,
    erased_on date not null,
    review_on date not null,
    primary key (key_version, format, token)
)
