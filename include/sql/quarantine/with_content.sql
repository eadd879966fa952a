-- source, entity. Returns how many rows of an entity wait with their content.
select count(*)
from quarantine.row
where source = %(source)s and entity = %(entity)s and row is not null
