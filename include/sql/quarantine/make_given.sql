-- source, entity, column: text. Makes a work table: the texts that a source's rows of an entity wait with in one
-- column, read once.
create unlogged table staging.quarantine_given as
select
    held.quarantine_id,
    held.row ->> {column} as given
from quarantine.row as held
where held.source = {source} and held.entity = {entity} and held.row ->> {column} <> ''
