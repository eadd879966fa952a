-- checksum. Returns the plan's items to do, and how many of them are confirmed.
select
    count(*) as planned,
    count(verdict.source_key) as confirmed
from register.erasure_item as item
left join staging.retention_verdict as verdict
    on item.entity = verdict.entity and item.source = verdict.source and item.source_key = verdict.source_key
where item.checksum = %(checksum)s and item.action <> 'keep' and item.done_on is null
