-- checksum: a plan's. Returns its items counted: action, entity, rule, ground, records, and the first and last end.
select
    action,
    entity,
    rule,
    ground,
    count(*) as records,
    min(until) as first_until,
    max(until) as last_until
from register.erasure_item
where checksum = %(checksum)s
group by action, entity, rule, ground
order by action, entity, rule, ground
