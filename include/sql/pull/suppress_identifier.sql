-- Suppresses rows that carry an identifier of a subject who was erased and whom nothing ties any more.
insert into {suppressed} (_row, cause)
select
    checked._row,
    'identifier' as cause
from {checked} as checked
where
    exists (
        select from vault.identifier_tombstone as tombstone
        where (tombstone.format, tombstone.token) in ({tokens})
    )
    and not exists (
        select from {register} as known
        where known.source = %(source)s and checked.source_key = known.source_key
    )
