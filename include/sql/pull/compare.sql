-- source, entity, rules: text. Tells for each arrived row whether it is fresh, unchanged, waiting in quarantine as it
-- is, or suppressed by a row tombstone. The hash covers the row's text and the version of the rules that judged it.
insert into {compared} (_row, source_key, copy, copies, content_hash, fate)
with hashed as (
    select
        _row,
        source_key,
        sha256(convert_to(%(rules)s || row({columns})::text, 'UTF8')) as content_hash
    from {raw}
),

numbered as (
    select
        _row,
        source_key,
        content_hash,
        count(*) over (partition by source_key) as copies,
        row_number() over (partition by source_key, content_hash order by _row) as copy
    from hashed
)

select
    arrived._row,
    arrived.source_key,
    arrived.copy,
    arrived.copies,
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
    on known.source = %(source)s and arrived.source_key = known.source_key
left join vault.row_tombstone as tombstone
    on
        tombstone.source = %(source)s and tombstone.entity = %(entity)s
        and arrived.source_key = tombstone.source_key
left join quarantine.row as waiting
    on
        waiting.source = %(source)s and waiting.entity = %(entity)s
        and arrived.source_key is not distinct from waiting.source_key
        and arrived.content_hash = waiting.content_hash and arrived.copy = waiting.copy
