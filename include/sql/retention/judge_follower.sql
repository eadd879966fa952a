-- entity, parent: text. The verdict on each record of an entity that follows its parent's.
insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    %(entity)s,
    held.source,
    held.source_key,
    parent.action,
    parent.rule,
    parent.ground,
    parent.until,
    parent.subject_id
from {register} as held
inner join staging.retention_verdict as parent
    on held.source = parent.source and parent.entity = %(parent)s and held.{column} = parent.source_key
