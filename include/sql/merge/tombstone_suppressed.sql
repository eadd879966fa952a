-- source, entity, night; review: interval. Gives a tombstone of its own to each record that another one kept out.
insert into vault.row_tombstone (source, entity, source_key, cause, erased_on, review_on)
select
    %(source)s,
    %(entity)s,
    checked.source_key,
    suppressed.cause,
    %(night)s,
    (%(night)s::date + %(review)s::interval)::date
from {suppressed} as suppressed
inner join {checked} as checked on suppressed._row = checked._row
where checked.source_key is not null
on conflict do nothing
