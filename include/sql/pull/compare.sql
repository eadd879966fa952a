-- source, entity: text. Makes the relation that tells for each arrived row whether it is fresh, unchanged, waiting in
-- quarantine as it is, or suppressed by a row tombstone. It looks at the rows with the copies of their key counted.
create unlogged table {compared} as
select
    arrived._row,
    arrived.source_key,
    arrived.copy::int as copy,
    arrived.copies::int as copies,
    arrived.content_hash,
    known.vanished_pull is not null as was_vanished,
    case
        when tombstone.source_key is not null and known.source_key is null then 'suppressed'
        when
            arrived.copies = 1 and known.content_hash = arrived.content_hash
            and known.kept_rule is null and known.vanished_pull is null
            then 'unchanged'
        -- A key that was doubled and no longer is has lost what refused it, though its own row is as it was.
        when
            waiting.source_key is not null
            and not (arrived.copies = 1 and 'unique:source_key' = any(waiting.rules))
            and again.source_key is null
            then 'waiting'
        else 'fresh'
    end as fate
from ({numbered}) as arrived
left join {register} as known
    on known.source = {source} and arrived.source_key = known.source_key
left join vault.row_tombstone as tombstone
    on
        tombstone.source = {source} and tombstone.entity = {entity}
        and arrived.source_key = tombstone.source_key
left join quarantine.row as waiting
    on
        waiting.source = {source} and waiting.entity = {entity}
        and arrived.source_key is not distinct from waiting.source_key
        and arrived.content_hash = waiting.content_hash and arrived.copy = waiting.copy
left join staging.reconsidered as again
    on again.source = {source} and again.entity = {entity} and arrived.source_key = again.source_key
