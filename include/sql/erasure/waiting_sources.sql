-- night. Returns the sources whose newest pull is older than the night, was refused, or is not finished: their data is
-- stale, or a pull is under way that compared itself with the register before this erasure.
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
