-- checksum: a plan's. Returns its items: what happens to which record, by which rule, on which ground, until when.
select
    action,
    source,
    entity,
    source_key,
    rule,
    ground,
    until
from register.erasure_item
where checksum = %(checksum)s
order by action, entity, source, source_key
