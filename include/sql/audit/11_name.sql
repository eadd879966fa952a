-- The name of a source, entity, rule or column: never a value. A domain, because its error message, unlike
-- that of a table's check, does not print the row. (No braces here: loading fills them as identifiers.)
do $do$
begin
    if to_regtype('audit.name') is null then
        create domain audit.name as text collate "C"
        constraint is_a_name check (value ~ '^[a-z][a-z0-9_:.]*$' and octet_length(value) <= 63);
    end if;
end
$do$;
