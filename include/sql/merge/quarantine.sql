-- source, entity, pull_id, night; keep: interval. Makes quarantine hold exactly what is refused now: what no longer is
-- goes, what is new comes, what stays says by which rules. Returns removed, of them released (their key is not refused
-- any more), and added.
-- A row's time is counted from its first refusal: that of its key, whatever has changed in it. A row without a key is
-- known by its content; where that is new, it may be one that is gone in another form, and takes over the first day of
-- those. A row whose time is over, or that a person rejected, comes without its content.
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
    returning held.source_key, held.digest, held.first_refused_on
),

stayed as (
    update quarantine.row as held
    set gate = refused_now.gate, rules = refused_now.rules
    from refused_now
    where
        held.source = %(source)s and held.entity = %(entity)s
        and refused_now.source_key is not distinct from held.source_key
        and refused_now.content_hash = held.content_hash and refused_now.copy = held.copy
        and (held.gate, held.rules) is distinct from (refused_now.gate, refused_now.rules)
),

keyless as (
    select distinct sha256(convert_to(({content})::text, 'UTF8')) as digest
    from refused_now
    inner join {raw} as raw on refused_now._row = raw._row
    where refused_now.source_key is null
),

by_key as (
    select
        source_key,
        min(first_refused_on) as first_refused_on
    from quarantine.row
    where source = %(source)s and entity = %(entity)s and source_key is not null
    group by source_key
),

by_content as (
    select
        digest,
        min(first_refused_on) as first_refused_on
    from quarantine.row
    where source = %(source)s and entity = %(entity)s and source_key is null
    group by digest
),

in_another_form as (
    select min(gone.first_refused_on) as first_refused_on
    from gone
    where gone.source_key is null and not exists (select from keyless where keyless.digest = gone.digest)
),

new as (
    -- offset 0: the content is made once, not wherever it is looked at.
    select
        refused_now.*,
        {content} as content
    from refused_now
    inner join {raw} as raw on refused_now._row = raw._row
    where
        not exists (
            select from quarantine.row as held
            where
                held.source = %(source)s and held.entity = %(entity)s
                and refused_now.source_key is not distinct from held.source_key
                and refused_now.content_hash = held.content_hash and refused_now.copy = held.copy
        )
    offset 0 -- noqa: AM09
),

known as (
    select
        new.*,
        sha256(convert_to(new.content::text, 'UTF8')) as digest
    from new
    offset 0 -- noqa: AM09
),

dated as (
    select
        known.*,
        coalesce(
            by_key.first_refused_on,
            by_content.first_refused_on,
            case when known.source_key is null then in_another_form.first_refused_on end,
            %(night)s
        ) as first_refused_on
    from known
    left join by_key on known.source_key = by_key.source_key
    left join by_content on known.digest = by_content.digest and known.source_key is null
    cross join in_another_form
),

came as (
    insert into quarantine.row (
        source, entity, source_key, copy, content_hash, gate, rules, first_pull, last_pull,
        first_refused_on, expires_on, row, digest
    )
    select
        %(source)s,
        %(entity)s,
        dated.source_key,
        dated.copy,
        dated.content_hash,
        dated.gate,
        dated.rules,
        %(pull_id)s,
        %(pull_id)s,
        dated.first_refused_on,
        (dated.first_refused_on + %(keep)s::interval)::date,
        case
            when
                (dated.first_refused_on + %(keep)s::interval)::date > %(night)s
                and not exists (
                    select from quarantine.decision as decided
                    where
                        decided.source = %(source)s and decided.entity = %(entity)s
                        and decided.decision = 'reject' and decided.digest = dated.digest
                        and decided.source_key is not distinct from dated.source_key
                )
                then dated.content
        end,
        dated.digest
    from dated
    returning quarantine_id
)

select
    (select count(*) from gone) as removed,
    (
        select count(*) from gone
        where gone.source_key not in (select source_key from refused_now where source_key is not null)
    ) as released,
    (select count(*) from came) as added
