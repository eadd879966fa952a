-- entity, parent, column: text. Erases what waits in quarantine and refers to an erased record by one column, and
-- lists it in turn. Its source reads that entity whole again: it leaves no tombstone of its own. Returns how many rows.
with gone as (
    delete from quarantine.row as held
    using staging.erased_key as erased
    where
        held.entity = %(entity)s and erased.entity = %(parent)s
        and held.source = erased.source and held.row ->> %(column)s = erased.source_key
    returning held.source, held.entity, held.source_key
),

forgotten as (
    delete from staging.seen as known
    using gone
    where known.source = gone.source and known.entity = gone.entity
),

listed as (
    insert into staging.erased_key (source, entity, source_key)
    select
        source,
        entity,
        source_key
    from gone
    returning 1
)

select count(*) from listed
