-- Removes the subject links of the confirmed records, and lets who is who look again at what else was of their
-- subjects. Returns these subjects.
with gone as (
    delete from register.subject_link as held
    using staging.retention_verdict as verdict
    where
        verdict.action = 'erase'
        and held.source = verdict.source and held.entity = verdict.entity and held.source_key = verdict.source_key
    returning held.subject_id
),

touched as (
    insert into register.subject_touched (source, entity, source_key)
    select
        link.source,
        link.entity,
        link.source_key
    from register.subject_link as link
    where link.subject_id in (select subject_id from gone)
)

select array(select distinct subject_id from gone) as subjects
