-- Erases the transfers that were made on the consents that are erased: they are kept as long as their evidence.
delete from register.transfer_log as held
using staging.retention_verdict as verdict
where
    verdict.action = 'erase' and verdict.entity = 'transfer_consent'
    and held.consent_source = verdict.source and held.consent_key = verdict.source_key
