-- pull_id. Returns the fresh rows of all entities.
select coalesce(sum(fresh), 0)
from staging.arrival
where pull_id = %(pull_id)s
