-- Makes one quasi-identifier coarser in rows whose group is about fewer than k subjects.
-- k; others, column: the columns; keep: how many leading characters stay, 0 for "other"; counted: a SELECT.
-- Returns the columns.
select
    {others},
    case
        when subjects >= %(k)s then {column}
        when {keep} = 0 then 'other'
        else left({column}, {keep})
    end as {column}
from (
    {counted}
) as counted
