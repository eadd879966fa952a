-- source, night. Lists the rows that wait for what is not in their source (for a day to come, for a record of another
-- source), and those that a person has released and that no retest has let in yet.
insert into staging.reconsidered (source, entity, source_key)
select distinct
    waiting.source,
    waiting.entity,
    waiting.source_key
from quarantine.row as waiting
where
    waiting.source = %(source)s and waiting.source_key is not null
    and (
        (
            exists (
                select from unnest(waiting.rules) as rule
                where starts_with(rule, 'future:') or starts_with(rule, 'known_elsewhere:')
            )
            -- Once a night: what has not changed by then is as it was.
            and not exists (
                select from staging.pull as judged
                where judged.pull_id = waiting.last_pull and judged.night >= %(night)s
            )
        )
        or exists (
            select from quarantine.decision as decided
            where
                decided.source = waiting.source and decided.entity = waiting.entity
                and decided.source_key = waiting.source_key and decided.digest = waiting.digest
                and decided.decision = 'release' and waiting.rules <@ decided.rules
        )
    )
on conflict do nothing
