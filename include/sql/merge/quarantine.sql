-- source, entity, pull_id, night; keep: interval. Makes quarantine hold exactly what is refused now: what no longer is
-- goes, what is new comes, with the day of its first refusal. Returns removed, of them released (their key is not
-- refused any more), and added.
with refused_now as (
    select
        arrived._row,
        arrived.source_key,
        arrived.copy,
        arrived.content_hash,
        refused.gate,
        refused.rules
    from {compared} as arrived
    {refused_rows}
),

gone as (
    delete from quarantine.row as held
    where
        held.source = %(source)s and held.entity = %(entity)s
        and not exists (
            select from refused_now
            where
                refused_now.source_key is not distinct from held.source_key
                and refused_now.content_hash = held.content_hash and refused_now.copy = held.copy
        )
    returning held.source_key
),

came as (
    insert into quarantine.row (
        source, entity, source_key, copy, content_hash, gate, rules, first_pull, last_pull,
        first_refused_on, expires_on, row
    )
    select
        %(source)s,
        %(entity)s,
        refused_now.source_key,
        refused_now.copy,
        refused_now.content_hash,
        refused_now.gate,
        refused_now.rules,
        %(pull_id)s,
        %(pull_id)s,
        coalesce(earlier.first_refused_on, %(night)s),
        (coalesce(earlier.first_refused_on, %(night)s) + %(keep)s::interval)::date,
        {content}
    from refused_now
    inner join {raw} as raw on refused_now._row = raw._row
    cross join
        lateral (
            select min(before.first_refused_on) as first_refused_on
            from quarantine.row as before
            where
                before.source = %(source)s and before.entity = %(entity)s
                and before.source_key = refused_now.source_key
        ) as earlier
    where
        not exists (
            select from quarantine.row as held
            where
                held.source = %(source)s and held.entity = %(entity)s
                and refused_now.source_key is not distinct from held.source_key
                and refused_now.content_hash = held.content_hash and refused_now.copy = held.copy
        )
    returning quarantine_id
)

select
    (select count(*) from gone) as removed,
    (
        select count(*) from gone
        where gone.source_key not in (select source_key from refused_now where source_key is not null)
    ) as released,
    (select count(*) from came) as added
