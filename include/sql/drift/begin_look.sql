-- Begins a look at a source's catalog: one at a time, since the row stays locked. source, night, pull_id: of the pull.
-- Returns the last night on which the catalog could be read, and whether this pull has looked well before.
with before as (
    select
        read_on,
        failure is null and pull_id = %(pull_id)s as is_again
    from staging.source_catalog
    where source = %(source)s
)

insert into staging.source_catalog as catalog (source, looked_on, pull_id)
values (%(source)s, %(night)s, %(pull_id)s)
on conflict (source) do update set looked_on = excluded.looked_on, pull_id = excluded.pull_id
returning
    (select before.read_on from before) as read_on,
    coalesce((select before.is_again from before), false) as is_again
