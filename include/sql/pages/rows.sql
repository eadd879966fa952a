-- source, entity, rule: text or null for any; after: id of the last row shown, 0 at first; most: int.
-- Returns the rows in quarantine by id, key and rule: never what they hold. One more than a page, if there is one.
select
    quarantine_id,
    source,
    entity,
    source_key,
    gate,
    rules,
    first_refused_on,
    expires_on,
    row is null as emptied
from quarantine.row
where
    quarantine_id > %(after)s
    and (%(source)s::text is null or source = %(source)s)
    and (%(entity)s::text is null or entity = %(entity)s)
    and (%(rule)s::text is null or %(rule)s = any(rules))
order by quarantine_id
limit %(most)s
