-- Returns the rows that a source's first pull of an entity offers, and per column their nulls.
select
    count(*) as rows,
    {counted}
from {checked} as held
where
    held.copies = 1 and held.source_key is not null
    and not exists (select from {suppressed} as suppressed where held._row = suppressed._row)
