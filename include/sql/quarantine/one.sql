-- quarantine_id. Returns one row in quarantine without what it holds: place, rules, days, and whether it has content
-- and a digest, and what was decided of it.
select
    held.quarantine_id,
    held.source,
    held.entity,
    held.source_key,
    held.gate,
    held.rules,
    held.first_refused_on,
    held.expires_on,
    held.row is not null as has_content,
    held.digest is not null as has_digest,
    decided.decision,
    decided.reason,
    decided.staff,
    decided.decided_on
from quarantine.row as held
left join quarantine.decision as decided
    on
        held.source = decided.source and held.entity = decided.entity
        and held.source_key is not distinct from decided.source_key and held.digest = decided.digest
where held.quarantine_id = %(quarantine_id)s
