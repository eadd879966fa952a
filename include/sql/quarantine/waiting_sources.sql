-- Returns the sources of which anything waits in quarantine with its content.
select distinct source
from quarantine.row
where row is not null
order by source
