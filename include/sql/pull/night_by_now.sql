-- Returns the night that it is by now: that of the newest pull that came to its end, and the days that have passed
-- since. With sources that are frozen at a day, as a demonstration's are, the nights go on from that day.
select night + (now()::date - changed_at::date) as night
from staging.pull
where state = 'recounted'
order by night desc, changed_at desc
limit 1
