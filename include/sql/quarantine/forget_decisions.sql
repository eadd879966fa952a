-- source, entity. Forgets what was decided of rows that the source does not send any more: a rejected one that is not
-- in quarantine, a released one that arrived with another content, vanished or was erased.
delete from quarantine.decision as decided
where
    decided.source = %(source)s and decided.entity = %(entity)s
    and not exists (
        select from quarantine.row as held
        where
            held.source = decided.source and held.entity = decided.entity
            and held.source_key is not distinct from decided.source_key and held.digest = decided.digest
    )
    and (
        decided.decision = 'reject'
        or not exists (
            select from {register} as known
            where
                known.source = decided.source and known.source_key = decided.source_key
                and known.vanished_pull is null
        )
        or decided.source_key in (
            select raw.source_key
            from {raw} as raw
            where
                raw.source_key = decided.source_key
                and sha256(convert_to(({content})::text, 'UTF8')) <> decided.digest
        )
    )
