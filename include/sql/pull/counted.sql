-- pull_id, entity. Returns the rows counted on arrival, which part was read, the rows skipped, and the buckets.
select
    read,
    part,
    skipped,
    buckets
from staging.arrival
where pull_id = %(pull_id)s and entity = %(entity)s
