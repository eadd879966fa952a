-- Whether a value is a flat object of numbers and booleans under names: the only free part of an entry.
create or replace function audit.is_numbers(candidate jsonb) returns boolean
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $body$
    select case when jsonb_typeof(candidate) = 'object' then not exists (
        select from jsonb_each(candidate) as item
        where
            jsonb_typeof(item.value) not in ('number', 'boolean')
            or item.key collate "C" !~ '^[a-z][a-z0-9_:.]*$'
            or octet_length(item.key) > 63
    ) else false end
$body$;
