-- night, since: dates. Returns on which nights of the time each source was pulled, however the pull ended; judged:
-- whether its rows were judged: where a rule on the whole pull stops it, or a step before, none is.
with told as (
    select
        source,
        night,
        state in ('checked', 'located', 'merged', 'recounted') as judged
    from staging.pull
    where night between %(since)s and %(night)s
    union all
    select
        source,
        night,
        level = 'row' as judged
    from quarantine.gate_night
    where night between %(since)s and %(night)s
)

select
    source,
    night,
    bool_or(judged) as judged
from told
group by source, night
order by source asc, night asc
