-- Refuses any change of what is written, its owner's too. A superuser can switch triggers off: hence the chain.
create or replace function audit.refuse() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
begin
    raise exception using
        errcode = 'insufficient_privilege',
        message = format('audit.%s is append-only: ', tg_table_name) || lower(tg_op) || ' is refused to everyone',
        hint = 'A mistaken entry is corrected by a further entry, through audit.record.';
end
$body$;
