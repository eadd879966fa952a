-- quarantine_id; decision, reason, staff: text; decided_on: date; emptied: boolean. Writes what a person decided of a
-- row, in place of an earlier decision, and takes its content away where it is to be emptied.
with decided as (
    insert into quarantine.decision as known (
        source, entity, source_key, digest, decision, rules, reason, staff, decided_on
    )
    select
        held.source,
        held.entity,
        held.source_key,
        held.digest,
        %(decision)s,
        held.rules,
        %(reason)s,
        %(staff)s,
        %(decided_on)s
    from quarantine.row as held
    where held.quarantine_id = %(quarantine_id)s
    on conflict (source, entity, source_key, digest) do update
        set
            decision = excluded.decision, rules = excluded.rules, reason = excluded.reason, staff = excluded.staff,
            decided_on = excluded.decided_on
    returning source, entity, source_key, digest
)

update quarantine.row as held
set row = null
from decided
where
    %(emptied)s
    and held.source = decided.source and held.entity = decided.entity
    and held.source_key is not distinct from decided.source_key and held.digest = decided.digest
