-- source, entity: text. A part of a statement: the rows of a source that wait in quarantine, in the model's shape.
select
    known.source,
    known.source_key,
    {columns}
from quarantine.row as known
where known.source = %(source)s and known.entity = %(entity)s and known.source_key in ({wanted})
