-- A link of the chain: SHA-256 as 32 bytes.
do $do$
begin
    if to_regtype('audit.digest') is null then
        create domain audit.digest as bytea
        constraint is_a_digest check (octet_length(value) = 32);
    end if;
end
$do$;
