-- rule, source, entity: text or null; before: date or null; ids: bigint[] or null; rejected: boolean; entities,
-- columns, parents: text[], the model's references; registers: rows (entity, source, source_key) of all records that
-- the register holds. Returns the rows in quarantine by key, with the rules that refuse them, the record that each
-- waits for and where that is, and whether the register holds a version of it that came in before: never what a row
-- holds but for keys that are known here. rule: a name, or its kind.
with reference as (
    select
        entity,
        column_name,
        parent
    from unnest(%(entities)s::text[], %(columns)s::text[], %(parents)s::text[]) as given (entity, column_name, parent)
)

select
    held.quarantine_id as id,
    held.source,
    held.entity,
    held.source_key,
    held.gate,
    held.rules,
    held.first_refused_on,
    held.expires_on,
    case
        when decided.decision = 'reject' then 'rejected'
        when held.row is null then 'expired'
        else 'waiting'
    end as state,
    waits_for.records as waits_for,
    case
        when
            exists (
                select from ({registers}) as known
                where
                    known.entity = held.entity and known.source = held.source and known.source_key = held.source_key
            )
            then 'an older version'
        else 'nothing'
    end as held
from quarantine.row as held
left join quarantine.decision as decided
    on
        held.source = decided.source and held.entity = decided.entity
        and held.source_key is not distinct from decided.source_key and held.digest = decided.digest
-- Laterals, not joins of what is made first: each record is found by an index, however many rows are listed.
cross join
    lateral (
        select
            string_agg(
                reference.parent || case
                    when parent.rejected then keyed.as_told || 'which a person rejected'
                    when parent.rules is not null then keyed.as_told || 'which waits itself (' || parent.rules || ')'
                    when
                        exists (
                            select from ({registers}) as known
                            where
                                known.entity = reference.parent and known.source = held.source
                                and known.source_key = held.row ->> reference.column_name
                        )
                        then keyed.as_told || 'which is there by now'
                    -- What nothing here has as a key may be anything that a person typed.
                    else ', which is not there'
                end,
                '; ' order by reference.column_name
            ) as records
        from reference
        cross join lateral (select ' ' || (held.row ->> reference.column_name) || ', ' as as_told) as keyed
        -- A key may be of several rows: that is what refuses them then.
        cross join
            lateral (
                select
                    string_agg(distinct rule, ', ' order by rule) as rules,
                    bool_and(refusing.decision is not distinct from 'reject') as rejected
                from quarantine.row as same_key
                left join quarantine.decision as refusing
                    on
                        same_key.source = refusing.source and same_key.entity = refusing.entity
                        and same_key.source_key = refusing.source_key and same_key.digest = refusing.digest
                cross join lateral unnest(same_key.rules) as rule
                where
                    same_key.source = held.source and same_key.entity = reference.parent
                    and same_key.source_key = held.row ->> reference.column_name
            ) as parent
        where reference.entity = held.entity and 'reference:' || reference.column_name = any(held.rules)
    ) as waits_for
where
    (%(rule)s::text is null or exists (
        select from unnest(held.rules) as rule
        where rule = %(rule)s or split_part(rule, ':', 1) = %(rule)s
    ))
    and (%(source)s::text is null or held.source = %(source)s)
    and (%(entity)s::text is null or held.entity = %(entity)s)
    and (%(before)s::date is null or held.first_refused_on < %(before)s)
    and (%(ids)s::bigint[] is null or held.quarantine_id = any(%(ids)s))
    and (decided.decision is distinct from 'reject' or %(rejected)s)
order by held.source, held.entity, held.source_key, held.copy
