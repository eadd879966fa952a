-- source. Returns the id of its newest pull that was merged: the one that last brought what waits.
select pull_id
from staging.pull
where source = %(source)s and state in ('merged', 'recounted')
order by night desc, started_at desc
limit 1
