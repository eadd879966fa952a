-- Returns the distinct provider and location of the rows that no gate has refused, and how many rows each has.
select
    {provider} as provider,
    gate.{column} as raw,
    count(*) as located
from {gate} as gate
where
    ({provider} is not null or gate.{column} is not null)
    and not exists (select from {refused} as refused where gate._row = refused._row)
group by 1, 2
