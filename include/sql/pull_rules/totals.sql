-- pull_id, entity. Returns what the source counted and summed itself: name and total.
select
    name,
    total
from staging.source_total
where pull_id = %(pull_id)s and entity = %(entity)s
order by name
