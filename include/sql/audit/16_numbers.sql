-- What was counted: a flat object of numbers and booleans. The length keeps a message from being spelled in names.
do $do$
begin
    if to_regtype('audit.numbers') is null then
        create domain audit.numbers as jsonb
        constraint are_numbers check (audit.is_numbers(value) and octet_length(value::text) <= 8192);
    end if;
end
$do$;
