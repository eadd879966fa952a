-- entity: text; checksum, night; review: interval. Erases what waits in quarantine under another key and carries an
-- identifier that an erasure left a tombstone for, unless the register holds its record: then it is somebody who stays.
-- Each leaves a tombstone of its own and is listed for what refers to it; its source reads that entity whole again.
-- Returns how many rows.
with gone as (
    delete from quarantine.row as held
    using staging.quarantine_identifier as carried
    inner join vault.identifier_tombstone as tombstone
        on carried.format = tombstone.format and carried.token = tombstone.token
    where
        held.quarantine_id = carried.quarantine_id and held.entity = %(entity)s
        and not exists (
            select from {register} as known
            where known.source = held.source and known.source_key = held.source_key
        )
    returning held.source, held.entity, held.source_key
),

forgotten as (
    delete from staging.seen as known
    using gone
    where known.source = gone.source and known.entity = gone.entity
),

marked as (
    insert into vault.row_tombstone (source, entity, source_key, plan, cause, erased_on, review_on)
    select distinct
        source,
        entity,
        source_key,
        %(checksum)s,
        'identifier' as cause,
        %(night)s::date,
        (%(night)s::date + %(review)s::interval)::date
    from gone
    where source_key is not null
    on conflict do nothing
),

listed as (
    insert into staging.erased_key (source, entity, source_key)
    select
        source,
        entity,
        source_key
    from gone
)

select count(*) from gone
