-- Returns the legal holds with the records they name.
select
    name,
    source,
    entity,
    source_key,
    reason,
    staff,
    held_from,
    held_until
from register.legal_hold
order by name, source, entity, source_key
