-- source; nights: int. Returns by entity, newest night first, the night, the rows that the source had and those of them
-- that were new or changed: of the last merged pull of each of so many nights.
with nights as (
    select distinct on (pull.night)
        pull.night,
        pull.pull_id
    from staging.pull as pull
    where pull.source = %(source)s and pull.state in ('merged', 'recounted')
    order by pull.night desc, pull.changed_at desc
    limit %(nights)s
)

select
    arrived.entity,
    nights.night,
    arrived.read + arrived.skipped as rows,
    coalesce(arrived.fresh, 0) as fresh
from nights
inner join staging.arrival as arrived on nights.pull_id = arrived.pull_id
order by arrived.entity, nights.night desc
