-- source, entity. Returns the keys of the rows that wait in quarantine; null for a row without one.
select distinct source_key
from quarantine.row
where source = %(source)s and entity = %(entity)s
