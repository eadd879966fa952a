-- entity: text. Restricts the confirmed records of one entity (GDPR Art. 18).
update {register} as held
set
    restricted_ground = verdict.ground,
    restricted_until = verdict.until
from staging.retention_verdict as verdict
where
    verdict.entity = %(entity)s and verdict.action = 'restrict'
    and held.source = verdict.source and held.source_key = verdict.source_key
