-- night, since: dates. Returns on which nights of the time each source was pulled, however the pull ended.
select
    source,
    night
from staging.pull
where night between %(since)s and %(night)s
union
select
    source,
    night
from quarantine.gate_night
where night between %(since)s and %(night)s
order by source asc, night asc
