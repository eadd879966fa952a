-- source, entity, column, provider: text. Returns the distinct provider and location of the rows of a source that wait
-- in quarantine for their location.
select distinct
    waiting.row ->> %(provider)s as provider,
    waiting.row ->> %(column)s as raw
from quarantine.row as waiting
where
    waiting.source = %(source)s and waiting.entity = %(entity)s and waiting.gate = 'residency'
    and waiting.row is not null
