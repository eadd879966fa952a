-- Returns how many rows of each source are in quarantine now: those that wait, and those that a person rejected.
select
    held.source,
    count(*) filter (where decided.decision is distinct from 'reject') as waiting,
    count(*) filter (where decided.decision = 'reject') as rejected
from quarantine.row as held
left join quarantine.decision as decided
    on
        held.source = decided.source and held.entity = decided.entity
        and held.source_key is not distinct from decided.source_key and held.digest = decided.digest
group by held.source
order by held.source asc
