-- source, entity, source_key: text. Lists a record and the other records of its subject.
insert into staging.quarantine_belonging (source, entity, source_key, because)
select
    %(source)s,
    %(entity)s,
    %(source_key)s,
    'own_key' as because
union
select
    other.source,
    other.entity,
    other.source_key,
    'own_key' as because
from register.subject_link as link
inner join register.subject_link as other on link.subject_id = other.subject_id
where link.source = %(source)s and link.entity = %(entity)s and link.source_key = %(source_key)s
