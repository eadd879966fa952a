-- pull_id, night, source, entity. Notes of a pull that brought nothing new of an entity what the last merged one noted.
insert into quarantine.column_night (
    pull_id, night, source, entity, name, rows, nulls, offered, offered_nulls, newest, merged
)
select
    %(pull_id)s,
    %(night)s,
    source,
    entity,
    name,
    rows,
    nulls,
    offered,
    offered_nulls,
    newest,
    true
from quarantine.column_night
where
    entity = %(entity)s and merged and pull_id = (
        select last.pull_id
        from quarantine.column_night as last
        where last.source = %(source)s and last.entity = %(entity)s and last.merged
        order by last.noted desc
        limit 1
    )
on conflict (pull_id, entity, name, merged) do nothing
