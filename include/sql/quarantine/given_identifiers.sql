-- Returns the distinct texts that rows of an entity wait with in one column.
select distinct given
from staging.quarantine_given
