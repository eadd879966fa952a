-- Returns the books of each source's last night: source, night, entity and its numbers, the newest merged pull's; and
-- whether a pull of the source that began after it has no books.
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
        pull_id
    from staging.pull
    order by source asc, night desc, started_at desc
)

select distinct on (booked.source, booked.entity)
    booked.source,
    booked.night,
    booked.entity,
    booked.numbers,
    coalesce(newest.pull_id <> booked.pull_id, false) as newer_unmerged
from audit.entry as booked
inner join last_night on booked.source = last_night.source and booked.night = last_night.night
left join newest on booked.source = newest.source
where booked.kind = 'books'
order by booked.source asc, booked.entity asc, booked.seq desc
