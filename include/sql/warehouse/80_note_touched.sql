-- Notes the records that a statement added, changed or removed, whoever ran it: who is who looks at them again.
-- A truncation names no record: then it makes all links anew.
create or replace function register.note_touched() returns trigger
language plpgsql
as $body$
begin
    if tg_op = 'TRUNCATE' then
        delete from register.subject_state;
        return null;
    end if;
    if tg_op <> 'DELETE' then
        insert into register.subject_touched (source, entity, source_key)
        select source, tg_table_name, source_key
        from new_rows;
    end if;
    if tg_op <> 'INSERT' then
        insert into register.subject_touched (source, entity, source_key)
        select source, tg_table_name, source_key
        from old_rows;
    end if;
    return null;
end
$body$
