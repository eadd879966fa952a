-- Returns what waits in quarantine now by rule: rows, the first night that one was refused, the first day that one's
-- time is over. A row that breaks several rules counts under each; one that a person rejected waits for nothing.
select
    held.source,
    held.entity,
    held.gate,
    rule,
    count(*) as rows,
    min(held.first_refused_on) as oldest,
    min(held.expires_on) as expires_on
from quarantine.row as held
left join quarantine.decision as decided
    on
        held.source = decided.source and held.entity = decided.entity
        and held.source_key is not distinct from decided.source_key and held.digest = decided.digest
cross join lateral unnest(held.rules) as rule
where decided.decision is distinct from 'reject'
group by held.source, held.entity, held.gate, rule
order by held.source asc, held.entity asc, held.gate asc, rule asc
