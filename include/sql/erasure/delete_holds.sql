-- Removes the holds, which have ended, on the confirmed records.
delete from register.legal_hold as held
using staging.retention_verdict as verdict
where
    verdict.action = 'erase'
    and held.source = verdict.source and held.entity = verdict.entity and held.source_key = verdict.source_key
