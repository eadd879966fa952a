-- The verdict on each person's records when nothing ties them any more, or something only waits.
insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    'person' as entity,
    held.source,
    held.source_key,
    case person.state when 'over' then 'erase' else 'keep' end as action,
    'relationship' as rule,
    case person.state when 'over' then 'relationship_ended' else person.ground end as ground,
    case person.state when 'over' then person.due_on else person.until end as until,
    person.subject_id
from register.person as held
inner join register.subject_link as link
    on held.source = link.source and link.entity = 'person' and held.source_key = link.source_key
inner join staging.retention_person as person on link.subject_id = person.subject_id
where person.state in ('over', 'waits')
