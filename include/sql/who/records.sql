-- source, source_key; entity: text or null. Returns the records of the subjects that a record is of, in each entity
-- that has this key, with the rule and the kinds of identifiers that tie each.
with asked as (
    select distinct subject_id
    from register.subject_link
    where source = %(source)s and source_key = %(source_key)s and (%(entity)s::text is null or entity = %(entity)s)
)

select
    subject.subject_id,
    subject.kind,
    link.source,
    link.entity,
    link.source_key,
    link.rule
from asked
inner join register.subject as subject on asked.subject_id = subject.subject_id
inner join register.subject_link as link on asked.subject_id = link.subject_id
order by subject.subject_id, link.source, link.entity, link.source_key
