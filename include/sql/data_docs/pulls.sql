-- The newest pull of each source: its night, and how far it came.
select distinct on (source)
    source,
    pull_id,
    night,
    state
from staging.pull
order by source asc, night desc, started_at desc
