-- pull_id. Returns the entities from whose texts personal identity codes were removed, and how many.
select
    entity,
    hetu_removed
from staging.arrival
where pull_id = %(pull_id)s and hetu_removed > 0
order by entity
