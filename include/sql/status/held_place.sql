-- A part of a statement: where the records that the register holds of one entity lie, by key, as they say themselves.
select
    {entity} as entity,
    known.source,
    known.source_key,
    {provider} as provider,
    known.{column} as place
from {register} as known
