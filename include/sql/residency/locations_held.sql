-- Returns the distinct provider and location of the held records of an entity.
select distinct
    {provider} as provider,
    held.{column} as raw
from {register} as held
where {provider} is not null or held.{column} is not null
