-- A member of staff by id: never a name or an e-mail address, so no @ and no space.
do $do$
begin
    if to_regtype('audit.staff') is null then
        create domain audit.staff as text collate "C"
        constraint is_a_staff_id check (value ~ '^[A-Za-z0-9_.-]+$' and octet_length(value) <= 64);
    end if;
end
$do$;
