-- pull_id, entity; merged: boolean. Returns what a pull noted of an entity's columns: name, rows and nulls.
select
    name,
    rows,
    nulls
from quarantine.column_night
where pull_id = %(pull_id)s and entity = %(entity)s and merged = %(merged)s
order by noted
