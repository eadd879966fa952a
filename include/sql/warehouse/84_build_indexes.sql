-- Builds the indexes of an entity that register.drop_indexes dropped.
create or replace function register.build_indexes(entity text) returns void
language plpgsql security definer set search_path = pg_catalog
as $body$
declare
    one record;
begin
    for one in
        delete from register.unindexed as gone
        where gone.entity = build_indexes.entity
        returning gone.*
    loop
        execute case when one.is_constraint
            then format('alter table register.%I add constraint %I %s', one.entity, one.name, one.definition)
            else one.definition
        end;
    end loop;
end
$body$
