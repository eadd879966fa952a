-- Counts about how many subjects each group of equal quasi-identifiers is; null is a value of its own.
-- columns: of the analysts; quasi: the quasi-identifiers; subject: the column of the subject; rows: a SELECT.
-- Returns the columns and subjects.
select
    {columns},
    max(nth) over (partition by {quasi}) as subjects
from (
    select
        {columns},
        dense_rank() over (partition by {quasi} order by {subject}) as nth
    from (
        {rows}
    )
) as ranked
