-- ids: bigint[]; columns: text[]. Returns of quarantined rows only the columns that are named, as an object, null once
-- the row was emptied: a location, and what leads to the persons whose consent it needs.
select
    held.quarantine_id,
    held.source,
    held.entity,
    held.source_key,
    case when held.row is null then null else (
        select jsonb_object_agg(named.name, held.row ->> named.name)
        from unnest(%(columns)s::text[]) as named (name)
    ) end as cells
from quarantine.row as held
where held.quarantine_id = any(%(ids)s)
