-- source. Lists the rows that wait for what is not in their source: for a day to come, for a record of another source.
insert into staging.reconsidered (source, entity, source_key)
select distinct
    waiting.source,
    waiting.entity,
    waiting.source_key
from quarantine.row as waiting
where
    waiting.source = %(source)s and waiting.source_key is not null
    and exists (
        select from unnest(waiting.rules) as rule
        where starts_with(rule, 'future:') or starts_with(rule, 'known_elsewhere:')
    )
on conflict do nothing
