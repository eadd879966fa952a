-- Makes the roles that own the schemas; nobody logs in as one. Needs a role that may create roles.
do $$
declare
    owner text;
begin
    foreach owner in array array[
        'staging_owner', 'quarantine_owner', 'register_owner', 'vault_owner', 'analytics_owner', 'audit_owner'
    ] loop
        if not exists (select from pg_catalog.pg_roles where rolname = owner) then
            execute format('create role %I nologin', owner);
        end if;
        if not pg_catalog.pg_has_role(current_user, owner, 'set') then
            execute format('grant %I to current_user with inherit false, set true', owner);
        end if;
    end loop;
end
$$
