-- Returns how many waiting rows each rule refuses now: source, entity, rule, rows. A row that breaks several counts
-- under each; one that a person rejected does not wait.
select
    held.source,
    held.entity,
    rule,
    count(*) as rows
from quarantine.row as held
cross join lateral unnest(held.rules) as rule
where
    not exists (
        select from quarantine.decision as decided
        where
            decided.decision = 'reject' and decided.source = held.source and decided.entity = held.entity
            and decided.source_key is not distinct from held.source_key and decided.digest = held.digest
    )
group by held.source, held.entity, rule
order by count(*) desc, held.source asc, held.entity asc, rule asc
