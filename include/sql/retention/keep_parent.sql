-- entity, parent: text. Restricts a record that would go while one that refers to it stays: on that one's ground,
-- until the last of them goes.
with staying as (
    select distinct on (child.source, child.{column})
        child.source,
        child.{column} as source_key,
        coalesce(verdict.rule, 'relationship') as rule,
        coalesce(verdict.ground, 'referred_to') as ground,
        verdict.until
    from {register} as child
    inner join staging.retention_verdict as parent
        on parent.entity = %(parent)s and child.source = parent.source and child.{column} = parent.source_key
    left join staging.retention_verdict as verdict
        on verdict.entity = %(entity)s and child.source = verdict.source and child.source_key = verdict.source_key
    where parent.action in ('erase', 'restrict') and verdict.action is distinct from 'erase'
    order by child.source, child.{column}, verdict.until desc nulls first, verdict.ground
)

update staging.retention_verdict as verdict
set
    action = 'restrict',
    rule = staying.rule,
    ground = staying.ground,
    until = staying.until
from staying
where
    verdict.entity = %(parent)s and verdict.source = staying.source and verdict.source_key = staying.source_key
    and (
        verdict.action = 'erase'
        or (verdict.action = 'restrict' and coalesce(staying.until > verdict.until, verdict.until is not null))
    )
