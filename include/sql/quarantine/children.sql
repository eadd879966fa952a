-- entity, parent, column: text. Lists the records and the quarantined rows that refer to a listed one by one column.
insert into staging.quarantine_belonging (source, entity, source_key, quarantine_id, because)
select
    child.source,
    %(entity)s,
    child.source_key,
    null::bigint as quarantine_id,
    'refers_to' as because
from {register} as child
inner join staging.quarantine_belonging as listed
    on child.source = listed.source and child.{column} = listed.source_key
where listed.entity = %(parent)s
union
select
    child.source,
    child.entity,
    child.source_key,
    child.quarantine_id,
    'refers_to' as because
from quarantine.row as child
inner join staging.quarantine_belonging as listed
    on child.source = listed.source and child.row ->> %(column)s = listed.source_key
where child.entity = %(entity)s and listed.entity = %(parent)s
