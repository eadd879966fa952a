-- Returns the night of the newest pull that came to its end.
select max(night)
from staging.pull
where state = 'recounted'
