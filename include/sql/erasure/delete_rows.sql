-- entity: text. Erases the confirmed records of one entity.
delete from {register} as held
using staging.retention_verdict as verdict
where
    verdict.entity = %(entity)s and verdict.action = 'erase'
    and held.source = verdict.source and held.source_key = verdict.source_key
