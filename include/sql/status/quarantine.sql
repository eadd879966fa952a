-- Returns how many rows each rule refuses now: source, entity, rule, rows, and when the first of them loses its content.
-- A row that breaks several rules counts under each.
select
    held.source,
    held.entity,
    rule,
    count(*) as rows,
    min(held.expires_on) as expires_from
from quarantine.row as held
cross join lateral unnest(held.rules) as rule
group by held.source, held.entity, rule
order by count(*) desc, held.source, held.entity, rule
