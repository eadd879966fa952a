-- source, entity: text. Makes the relation that tells for each arrived row whether it is fresh, unchanged, waiting in
-- quarantine as it is, or suppressed by a row tombstone. Rows of one key are counted and numbered; {doubled} lists the
-- keys that can have more than one.
create unlogged table {compared} as
with hashed as (
    select
        raw._row,
        raw.source_key,
        {content_hash} as content_hash
    from {raw} as raw
),

numbered as (
    select
        hashed._row,
        hashed.source_key,
        hashed.content_hash,
        1::bigint as copies,
        1::bigint as copy
    from hashed
    where
        hashed.source_key is not null
        and not exists (select from {doubled} as doubled where hashtextextended(hashed.source_key, 0) = doubled.hash)
    union all
    select
        hashed._row,
        hashed.source_key,
        hashed.content_hash,
        count(*) over (partition by hashed.source_key) as copies,
        row_number() over (partition by hashed.source_key, hashed.content_hash order by hashed._row) as copy
    from hashed
    where
        hashed.source_key is null
        or exists (select from {doubled} as doubled where hashtextextended(hashed.source_key, 0) = doubled.hash)
)

select
    arrived._row,
    arrived.source_key,
    arrived.copy::int as copy,
    arrived.copies::int as copies,
    arrived.content_hash,
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
            then 'waiting'
        else 'fresh'
    end as fate
from numbered as arrived
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
