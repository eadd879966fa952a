-- Returns what waits in quarantine now by rule: rows, the first night that one was refused, the first day that one's
-- time is over. A row that breaks several rules counts under each.
select
    held.source,
    held.entity,
    held.gate,
    rule,
    count(*) as rows,
    min(held.first_refused_on) as oldest,
    min(held.expires_on) as expires_on
from quarantine.row as held
cross join lateral unnest(held.rules) as rule
group by held.source, held.entity, held.gate, rule
order by held.source asc, held.entity asc, held.gate asc, rule asc
