-- Removes what staff decided of the confirmed records: a decision is about two records that are there. Lets who is who
-- look again at the others that it was about. Returns how many.
with gone as (
    delete from register.subject_decision as held
    using staging.retention_verdict as verdict
    where
        verdict.action = 'erase'
        and (verdict.source, verdict.entity, verdict.source_key) in (
            (held.source, held.entity, held.source_key), (held.other_source, held.other_entity, held.other_key)
        )
    returning held.*
),

touched as (
    insert into register.subject_touched (source, entity, source_key)
    select
        source,
        entity,
        source_key
    from gone
    union
    select
        other_source,
        other_entity,
        other_key
    from gone
)

select count(*) as decisions
from gone
