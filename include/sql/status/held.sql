-- A part of a statement: the records that the register holds of one entity, by key, with the pull that last changed
-- each.
select
    {entity} as entity,
    known.source,
    known.source_key,
    known.changed_pull
from {register} as known
