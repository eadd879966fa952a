-- subjects: uuid[]. Voids the open plans that touch one of these subjects: they rest on another answer to who is
-- who. Returns their checksums.
update register.erasure_plan as plan
set state = 'voided'
where
    plan.state in ('waiting', 'approved')
    and exists (
        select from register.erasure_item as item
        where item.checksum = plan.checksum and item.subject_id = any(%(subjects)s)
    )
returning plan.checksum
