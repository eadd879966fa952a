-- Drops the indexes of an entity that holds no row yet, to be built after its first load: to enter a million rows into
-- each, one by one, takes several times as long. Only register.build_indexes makes them again, from what is noted here.
create or replace function register.drop_indexes(entity text) returns void
language plpgsql security definer set search_path = pg_catalog
as $body$
declare
    one record;
    held boolean;
begin
    execute format('lock table register.%I in access exclusive mode', entity);
    execute format('select exists (select from register.%I)', entity) into held;
    if held then
        raise exception 'register.% holds rows: its indexes stay', entity;
    end if;
    for one in
        select
            index_class.relname as name,
            held_by.oid is not null as is_constraint,
            coalesce(pg_get_constraintdef(held_by.oid), pg_get_indexdef(index.indexrelid)) as definition
        from pg_index as index
        inner join pg_class as index_class on index.indexrelid = index_class.oid
        left join pg_constraint as held_by on index.indexrelid = held_by.conindid and held_by.contype in ('p', 'u')
        where index.indrelid = format('register.%I', entity)::regclass
    loop
        insert into register.unindexed values (entity, one.name, one.definition, one.is_constraint);
        if one.is_constraint then
            execute format('alter table register.%I drop constraint %I', entity, one.name);
        else
            execute format('drop index register.%I', one.name);
        end if;
    end loop;
end
$body$
