-- Suppresses the other rows of a key of which one is suppressed: they are the same record.
insert into {suppressed} (_row, cause)
select
    other._row,
    suppressed.cause
from {suppressed} as suppressed
inner join {checked} as checked on suppressed._row = checked._row
inner join {checked} as other on checked.source_key = other.source_key
where other.copies > 1
on conflict do nothing
