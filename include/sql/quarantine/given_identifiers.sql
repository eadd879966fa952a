-- source, entity, column: text. Returns the distinct texts that a source's rows of an entity wait with in one column.
select distinct row ->> %(column)s as given
from quarantine.row
where source = %(source)s and entity = %(entity)s and row ->> %(column)s <> ''
