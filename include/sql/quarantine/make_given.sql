-- entity, column: text. Makes a work table: the texts that rows of an entity wait with in one column, read once.
create unlogged table staging.quarantine_given as
select
    held.quarantine_id,
    held.row ->> {column} as given
from quarantine.row as held
where held.entity = {entity} and held.row ->> {column} <> ''
