-- pull_id, entity. Returns the rows counted on arrival.
select read
from staging.arrival
where pull_id = %(pull_id)s and entity = %(entity)s
