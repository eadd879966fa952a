-- entity: text. Takes out the records that are restricted already, on the same ground until the same day.
delete from staging.retention_verdict as verdict
using {register} as held
where
    verdict.action = 'restrict' and verdict.entity = %(entity)s
    and verdict.source = held.source and verdict.source_key = held.source_key
    and held.restricted_ground = verdict.ground
    and held.restricted_until is not distinct from verdict.until
