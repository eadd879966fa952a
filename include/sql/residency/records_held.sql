-- A part of a statement: the held records with a value of one column that is wanted.
select
    known.source,
    known.source_key,
    {columns}
from {register} as known
where known.{column} in ({wanted})
