-- entity, column: text. Returns the distinct texts that rows of an entity wait with in one column.
select distinct row ->> %(column)s as given
from quarantine.row
where entity = %(entity)s and row ->> %(column)s <> ''
