-- Marks of erased records: they suppress the record at the next pull and after any restore.
create table if not exists vault.row_tombstone (
    source text not null,
    entity text not null,
    source_key text not null,
    plan text,
    cause text not null check (cause in ('erased', 'identifier', 'parent')),
    erased_on date not null,
    review_on date not null,
    primary key (source, entity, source_key)
)
