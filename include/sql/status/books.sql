-- Returns the books of each source's last night: source, night, entity and its numbers, the newest merged pull's; and
-- whether the source's newest pull has not been merged.
with last_night as (
    select
        source,
        max(night) as night
    from audit.entry
    where kind = 'books'
    group by source
),

newest as (
    select distinct on (source)
        source,
        state
    from staging.pull
    order by source asc, night desc, started_at desc
)

select distinct on (booked.source, booked.entity)
    booked.source,
    booked.night,
    booked.entity,
    booked.numbers,
    coalesce(newest.state not in ('merged', 'recounted'), false) as newer_unmerged
from audit.entry as booked
inner join last_night on booked.source = last_night.source and booked.night = last_night.night
left join newest on booked.source = newest.source
where booked.kind = 'books'
order by booked.source asc, booked.entity asc, booked.seq desc
