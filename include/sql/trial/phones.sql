-- Returns the texts that one column arrived with, and how many rows have each.
select
    raw.{column} as given,
    count(*) as rows
from {raw} as raw
where raw.{column} <> ''
group by raw.{column}
