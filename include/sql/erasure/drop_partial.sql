-- checksum. Takes out the subjects of whom more is due tonight than the plan lists: they go whole, by the next plan.
delete from staging.retention_verdict as verdict
where
    verdict.rule = 'relationship' and verdict.action = 'erase'
    and verdict.subject_id in (
        select due.subject_id
        from staging.retention_verdict as due
        where
            due.rule = 'relationship' and due.action = 'erase'
            and not exists (
                select from register.erasure_item as item
                where
                    item.checksum = %(checksum)s and item.entity = due.entity and item.source = due.source
                    and item.source_key = due.source_key and item.action = 'erase'
            )
    )
