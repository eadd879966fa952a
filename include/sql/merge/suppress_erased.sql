-- source, entity. Suppresses the checked rows whose record was erased after the pull compared itself with the register.
insert into {suppressed} (_row, cause)
select
    checked._row,
    'erased' as cause
from {checked} as checked
inner join vault.row_tombstone as tombstone
    on
        tombstone.source = %(source)s and tombstone.entity = %(entity)s
        and checked.source_key = tombstone.source_key
where
    not exists (
        select from {register} as known
        where known.source = %(source)s and checked.source_key = known.source_key
    )
on conflict do nothing
