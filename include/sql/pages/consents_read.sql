-- sources: text[], whose pull brings consents to transfers. Returns of these, and of every other source that ever
-- brought some, the night of the newest pull that was merged and brought them, null where none was; newest_night: the
-- newest night of which any source was pulled, however the pull ended.
with brought as (
    select
        pull.source,
        max(pull.night) as night
    from staging.pull as pull
    inner join staging.arrival as arrival on pull.pull_id = arrival.pull_id and arrival.entity = 'transfer_consent'
    where pull.state in ('merged', 'recounted')
    group by pull.source
),

named as (
    select unnest(%(sources)s::text[]) as source
    union
    select source
    from brought
)

select
    named.source,
    brought.night,
    (
        select max(night)
        from staging.pull
    ) as newest_night
from named
left join brought on named.source = brought.source
order by named.source asc
