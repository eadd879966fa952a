-- night, since: dates. Returns how many rows of each source waited in quarantine after each night, by the newest books
-- of each of its entities that night.
with last_books as (
    select distinct on (source, entity, night)
        source,
        night,
        (numbers ->> 'quarantine_after')::bigint as waiting
    from audit.entry
    where kind = 'books' and night between %(since)s and %(night)s
    order by source asc, entity asc, night asc, seq desc
)

select
    source,
    night,
    sum(waiting)::bigint as waiting
from last_books
where waiting is not null
group by source, night
order by source asc, night asc
