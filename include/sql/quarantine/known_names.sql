-- Returns what is in quarantine, or a gate has ever looked at, by source, entity and rule.
select distinct
    source,
    entity,
    rule
from quarantine.gate_night
union
select
    held.source,
    held.entity,
    rule
from quarantine.row as held
cross join lateral unnest(held.rules) as rule
