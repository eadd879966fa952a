-- Takes the erased records off the list of those that lie outside the EU/EEA.
delete from register.misplaced as held
using staging.retention_verdict as verdict
where
    verdict.action = 'erase'
    and held.source = verdict.source and held.entity = verdict.entity and held.source_key = verdict.source_key
