-- source, entity, column, format: text; given, values: text[]; tokens: bytea[]. Notes which rows carry which.
insert into staging.quarantine_identifier (quarantine_id, format, value, token)
select
    held.quarantine_id,
    %(format)s,
    conformed.value,
    conformed.token
from unnest(%(given)s::text[], %(values)s::text[], %(tokens)s::bytea[]) as conformed (given, value, token)
inner join quarantine.row as held on conformed.given = held.row ->> %(column)s
where held.source = %(source)s and held.entity = %(entity)s
