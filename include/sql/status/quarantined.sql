-- Returns the rows in quarantine by key, each with the rules that refuse it: never what the row holds.
select
    source,
    entity,
    source_key,
    gate,
    rules,
    first_refused_on,
    expires_on
from quarantine.row
order by source, entity, source_key, copy
