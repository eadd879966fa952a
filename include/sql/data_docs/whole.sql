-- pulls: ids. Returns what came of each rule on the whole of these pulls, in each entity: counts, and how far off it is
-- where it is broken (told).
select
    pull_id,
    entity,
    rule,
    severity,
    evaluated,
    refused,
    stopped,
    coalesce(told, '') as told
from quarantine.gate_night
where pull_id = any(%(pulls)s) and level = 'pull'
order by pull_id asc, entity asc, rule asc
