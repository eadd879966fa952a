-- source. A part of a statement: the newest version of a source's records, as a pull brought it or the register has it,
-- with a value of one column that is wanted. What a gate refused or a tombstone suppresses counts as not there.
select
    known.source,
    known.source_key,
    {columns}
from {register} as known
where
    known.source = %(source)s and known.{column} in ({wanted})
    and not exists (select from {checked} as newer where newer.source_key = known.source_key)
union all
select
    %(source)s::text as source,
    known.source_key,
    {columns}
from {checked} as known
where
    known.{column} in ({wanted})
    and not exists (select from {refused} as refused where refused._row = known._row)
    and not exists (select from {suppressed} as suppressed where suppressed._row = known._row)
