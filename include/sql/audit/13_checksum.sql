-- A plan's checksum: SHA-256 as 64 hex digits.
do $do$
begin
    if to_regtype('audit.checksum') is null then
        create domain audit.checksum as text collate "C"
        constraint is_a_checksum check (value ~ '^[0-9a-f]+$' and octet_length(value) = 64);
    end if;
end
$do$;
