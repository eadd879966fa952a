-- Removes what staff decided of the confirmed records: a decision is about two records that are there.
delete from register.subject_decision as held
using staging.retention_verdict as verdict
where
    verdict.action = 'erase'
    and (verdict.source, verdict.entity, verdict.source_key) in (
        (held.source, held.entity, held.source_key), (held.other_source, held.other_entity, held.other_key)
    )
