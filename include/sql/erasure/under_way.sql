-- checksum; begun: when the wait began at the earliest. Returns how many pulls of the plan's sources are under way:
-- begun, not ended, and something happened within two hours. None, once it was waited for two hours since the approval.
select count(*)
from staging.pull as pulled
where
    pulled.state not in ('recounted', 'refused') and pulled.changed_at > now() - interval '2 hours'
    and pulled.source in (
        select item.source
        from register.erasure_item as item
        where item.checksum = %(checksum)s
    )
    and now() < interval '2 hours' + greatest(
        %(begun)s::timestamptz,
        (
            select max(approval.at)
            from audit.entry as approval
            where approval.kind = 'plan_approved' and approval.plan_checksum = %(checksum)s
        )
    )
