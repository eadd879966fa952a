-- night. Returns the sources to wait for: the newest pull is older than the night, was refused, or is not finished; or
-- any pull, of whatever night, compared itself with the register and has not merged yet.
select source
from (
    select distinct on (source)
        source,
        night,
        state
    from staging.pull
    order by source, night desc, started_at desc
) as newest
where state <> 'recounted' or night < %(night)s
union
select source
from staging.pull
where state in ('extracted', 'conformed', 'checked', 'located', 'merged')
