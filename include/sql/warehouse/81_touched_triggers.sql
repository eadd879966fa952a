-- Lets the entities that are about somebody note their changes.
do $body$
declare
    entity text;
    event record;
begin
    foreach entity in array array['customer', 'person', 'prospect'] loop
        for event in
            select *
            from (
                values
                ('insert', 'referencing new table as new_rows'),
                ('update', 'referencing old table as old_rows new table as new_rows'),
                ('delete', 'referencing old table as old_rows'),
                ('truncate', '')
            ) as given (name, rows)
        loop
            execute format(
                'create or replace trigger touched_by_%s after %s on register.%I %s '
                'for each statement execute function register.note_touched()',
                event.name, event.name, entity, event.rows
            );
        end loop;
    end loop;
end
$body$
