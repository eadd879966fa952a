-- The verdict on each customer record whose subject's relationship is over, or only waits.
insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    'customer' as entity,
    held.source,
    held.source_key,
    case relationship.state when 'over' then 'erase' else 'keep' end as action,
    'relationship' as rule,
    case relationship.state when 'over' then 'relationship_ended' else relationship.ground end as ground,
    case relationship.state when 'over' then relationship.due_on else relationship.until end as until,
    relationship.subject_id
from register.customer as held
inner join register.subject_link as link
    on held.source = link.source and link.entity = 'customer' and held.source_key = link.source_key
inner join staging.retention_relationship as relationship on link.subject_id = relationship.subject_id
where relationship.state in ('over', 'waits')
