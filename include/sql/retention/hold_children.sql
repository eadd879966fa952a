-- entity, parent: text. Holds the records that refer to a held one; a recording only when the hold is tied to a case.
insert into staging.retention_held as known (entity, source, source_key, by_case, until)
select
    %(entity)s,
    child.source,
    child.source_key,
    held.by_case,
    held.until
from staging.retention_held as held
inner join {register} as child on held.source = child.source and held.source_key = child.{column}
where held.entity = %(parent)s and (held.by_case or %(entity)s <> 'recording')
on conflict (entity, source, source_key) do update set
    by_case = known.by_case or excluded.by_case,
    until = greatest(known.until, excluded.until)
