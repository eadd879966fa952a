-- What changed in a source's tables, from one night to the next; names only. column_name: null where it is about the
-- whole table; looks_like: what of a person it seems to hold, by its name; used_by: the entities whose SELECT uses it;
-- last_read_on: the night it was compared with; seen_by, seen_on: who has taken note, and when.
create table if not exists staging.source_change (
    change_id bigint generated always as identity primary key,
    source text not null,
    table_name text not null,
    column_name text,
    what text not null check (what in ('new', 'dropped', 'retyped', 'new_table', 'dropped_table')),
    type_before text,
    type_now text,
    looks_like text,
    used_by text[] not null default array[]::text[],
    last_read_on date,
    noted_on date not null,
    pull_id uuid not null,
    seen_by text,
    seen_on date
)
