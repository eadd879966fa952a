-- source, entity, most: int. Returns, of the source's complete list, keys that the register, the tombstones and
-- quarantine lack, and those that it has more than once: of their rows the watermark may have brought only some. Null
-- stands for one that is too long to be a key.
with listed as (
    select
        source_key,
        count(*) as copies
    from {keys}
    where source_key is not null
    group by source_key
)

select {usable_key} as source_key
from listed
where
    listed.copies > 1
    or (
        not exists (
            select from {register} as known
            where known.source = %(source)s and known.source_key = listed.source_key and known.vanished_pull is null
        )
        and not exists (
            select from vault.row_tombstone as tombstone
            where
                tombstone.source = %(source)s and tombstone.entity = %(entity)s
                and tombstone.source_key = listed.source_key
        )
        and not exists (
            select from quarantine.row as waiting
            where
                waiting.source = %(source)s and waiting.entity = %(entity)s
                and waiting.source_key = listed.source_key
        )
    )
order by listed.source_key
limit %(most)s
