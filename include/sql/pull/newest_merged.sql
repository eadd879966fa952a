-- source. Returns the night of the newest of its pulls that were merged.
select max(night)
from staging.pull
where source = %(source)s and state in ('merged', 'recounted')
