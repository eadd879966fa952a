-- checksum. Leaves only the records of which the plan and this night's reckoning say the same.
delete from staging.retention_verdict as verdict
where
    verdict.action = 'keep'
    or not exists (
        select from register.erasure_item as item
        where
            item.checksum = %(checksum)s and item.entity = verdict.entity and item.source = verdict.source
            and item.source_key = verdict.source_key and item.action = verdict.action
            and (
                item.action = 'erase'
                or (item.ground = verdict.ground and item.until is not distinct from verdict.until)
            )
    )
