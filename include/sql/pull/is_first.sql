-- source, entity. Returns whether nothing is known of a source's entity: then all that arrived is fresh.
select
    not exists (select from {register} as known where known.source = %(source)s)
    and not exists (
        select from vault.row_tombstone as tombstone
        where tombstone.source = %(source)s and tombstone.entity = %(entity)s
    )
    and not exists (
        select from quarantine.row as waiting
        where waiting.source = %(source)s and waiting.entity = %(entity)s
    )
