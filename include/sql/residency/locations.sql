-- Returns the distinct provider and location of the rows that no gate has refused.
select distinct
    {provider} as provider,
    gate.{column} as raw
from {gate} as gate
where
    ({provider} is not null or gate.{column} is not null)
    and not exists (select from {refused} as refused where gate._row = refused._row)
