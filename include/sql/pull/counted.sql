-- pull_id. Returns of each entity the rows counted on arrival, which part was read, the rows skipped, and the buckets.
select
    entity,
    read,
    part,
    skipped,
    buckets
from staging.arrival
where pull_id = %(pull_id)s
