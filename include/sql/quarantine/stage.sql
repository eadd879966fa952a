-- source, entity: text; columns, kinds: text[]. Makes an entity's staging table of what waits with its content, by the
-- row's own number. Left out: rows that were kept under another SELECT or refused by a kind of rule that is not judged
-- here, and every row of a key of which one is left out: its double would look as if it stood alone.
create unlogged table {raw} as
with waiting as (
    select
        held.quarantine_id,
        held.source_key,
        held.row,
        held.row is not null and held.row ?& {columns}
        and not exists (
            select from unnest(held.rules) as rule
            where split_part(rule, ':', 1) <> all({kinds})
        ) as fit
    from quarantine.row as held
    where held.source = {source} and held.entity = {entity}
)

select
    waiting.quarantine_id as _row,
    {cells}
from waiting
where
    waiting.fit
    and not exists (
        select from waiting as other
        where other.source_key = waiting.source_key and not other.fit
    )
