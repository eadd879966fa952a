-- source, entity. Forgets what the source counted of an entity for earlier pulls.
delete from staging.source_total
where
    entity = %(entity)s
    and pull_id in (select pull.pull_id from staging.pull as pull where pull.source = %(source)s)
