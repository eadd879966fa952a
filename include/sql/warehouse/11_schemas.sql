-- Makes the six schemas of the warehouse, each with its own owner, and closes them to everyone else.
do $$
declare
    part text;
begin
    foreach part in array array['staging', 'quarantine', 'register', 'vault', 'analytics', 'audit'] loop
        execute format('create schema if not exists %I authorization %I', part, part || '_owner');
        execute format('revoke all on schema %I from public', part);
    end loop;
end
$$
