-- pull_id, entity. Returns the newest watermark of an entity, as its source wrote it.
select watermark
from staging.arrival
where pull_id = %(pull_id)s and entity = %(entity)s
