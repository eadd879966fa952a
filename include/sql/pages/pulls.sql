-- night. Returns each source's newest pull of the night: how far it came, whether somebody still works on it, what it
-- read and what its books say, and what the pulls of the night before that one merged, and how many of them were; how
-- many records left the register in the night for their place. Of a source without a pull, only the night of its last
-- one before.
with newest as (
    select distinct on (source) *
    from staging.pull
    where night <= %(night)s
    order by source asc, night desc, started_at desc
),

arrived as (
    select
        pull_id,
        sum(read)::bigint as read,
        sum(skipped)::bigint as skipped
    from staging.arrival
    where pull_id in (select pull_id from newest)
    group by pull_id
),

last_books as (
    select distinct on (pull_id, entity)
        pull_id,
        numbers
    from audit.entry
    where kind = 'books' and night = %(night)s and pull_id in (select pull_id from newest)
    order by pull_id asc, entity asc, seq desc
),

booked as (
    select
        pull_id,
        sum((numbers ->> 'merged')::bigint)::bigint as merged,
        sum((numbers ->> 'unchanged')::bigint)::bigint as unchanged,
        sum((numbers ->> 'quarantined')::bigint)::bigint as quarantined,
        sum((numbers ->> 'suppressed')::bigint)::bigint as suppressed,
        sum((numbers ->> 'quarantine_after')::bigint)::bigint as waiting
    from last_books
    group by pull_id
),

earlier as (
    select
        tonight.source,
        count(distinct tonight.pull_id)::int as pulls,
        count(distinct books.pull_id)::int as pulls_merged,
        coalesce(sum((books.numbers ->> 'merged')::bigint), 0)::bigint as merged
    from staging.pull as tonight
    left join audit.entry as books
        on tonight.pull_id = books.pull_id and tonight.night = books.night and books.kind = 'books'
    where tonight.night = %(night)s and tonight.pull_id not in (select pull_id from newest)
    group by tonight.source
),

gone as (
    select
        source,
        sum((numbers ->> 'left')::bigint)::bigint as left_register
    from audit.entry
    where kind = 'books' and night = %(night)s
    group by source
),

located as (
    select
        pull_id,
        bool_or((numbers ->> 'inside')::boolean) as inside
    from audit.entry
    where kind = 'processor_checked' and night = %(night)s and pull_id in (select pull_id from newest)
    group by pull_id
)

select
    newest.source,
    newest.night,
    newest.pull_id,
    newest.run_id,
    newest.state,
    newest.night = %(night)s as tonight,
    newest.state <> 'refused' and newest.changed_at > '-infinity' as worked_on,
    arrived.read,
    arrived.skipped,
    booked.merged,
    booked.unchanged,
    booked.quarantined,
    booked.suppressed,
    booked.waiting,
    coalesce(earlier.pulls, 0) as earlier_pulls,
    coalesce(earlier.pulls_merged, 0) as earlier_pulls_merged,
    earlier.merged as earlier_merged,
    gone.left_register,
    coalesce(located.inside, true) as inside
from newest
left join arrived on newest.pull_id = arrived.pull_id
left join booked on newest.pull_id = booked.pull_id
left join earlier on newest.source = earlier.source
left join gone on newest.source = gone.source
left join located on newest.pull_id = located.pull_id
order by newest.source
