-- Returns the books of each source's last night: source, night, entity and its numbers, the newest pull's.
with last_night as (
    select
        source,
        max(night) as night
    from audit.entry
    where kind = 'books'
    group by source
)

select distinct on (booked.source, booked.entity)
    booked.source,
    booked.night,
    booked.entity,
    booked.numbers
from audit.entry as booked
inner join last_night on booked.source = last_night.source and booked.night = last_night.night
where booked.kind = 'books'
order by booked.source asc, booked.entity asc, booked.seq desc
