-- source, parent: text. Suppresses rows new to the register whose parent is erased or suppressed.
insert into {suppressed} (_row, cause)
select
    checked._row,
    'parent' as cause
from {checked} as checked
where
    checked.{column} in (
        select tombstone.source_key
        from vault.row_tombstone as tombstone
        where tombstone.source = %(source)s and tombstone.entity = %(parent)s
        {suppressed_parents}
    )
    and not exists (
        select from {register} as known
        where known.source = %(source)s and checked.source_key = known.source_key
    )
on conflict do nothing
