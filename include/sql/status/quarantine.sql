-- Returns how many rows each rule refuses now: source, entity, rule, rows. A row that breaks several counts under each.
select
    held.source,
    held.entity,
    rule,
    count(*) as rows
from quarantine.row as held
cross join lateral unnest(held.rules) as rule
group by held.source, held.entity, rule
order by count(*) desc, held.source asc, held.entity asc, rule asc
