-- source, entity, source_key. Returns the numbers of the rows in quarantine that have this key.
select quarantine_id
from quarantine.row
where source = %(source)s and entity = %(entity)s and source_key = %(source_key)s
order by quarantine_id
