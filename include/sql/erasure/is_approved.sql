-- checksum. Returns whether the evidence holds an approval of this plan that nothing later took back.
select exists(
    select from audit.entry as approval
    where
        approval.kind = 'plan_approved' and approval.plan_checksum = %(checksum)s and approval.staff is not null
        and not exists (
            select from audit.entry as later
            where
                later.plan_checksum = %(checksum)s and later.seq > approval.seq
                and later.kind in ('plan_made', 'plan_rejected', 'plan_voided')
        )
) as approved
