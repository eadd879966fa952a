-- night; prospect: interval. The verdict on each prospect entry whose own end has come.
insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    'prospect' as entity,
    held.source,
    held.source_key,
    'erase' as action,
    'prospect' as rule,
    'prospect_ended' as ground,
    (held.noted_on + %(prospect)s::interval)::date as until,
    link.subject_id
from register.prospect as held
inner join register.subject_link as link
    on held.source = link.source and link.entity = 'prospect' and held.source_key = link.source_key
where (held.noted_on + %(prospect)s::interval)::date <= %(night)s
