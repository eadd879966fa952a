-- rule, source, entity: text or null; before: date or null; ids: bigint[] or null; rejected: boolean; entities,
-- columns, parents: text[], the model's references. Returns the rows in quarantine by key, with the rules that refuse
-- them and the record that each waits for: never what a row holds but for such keys. rule: a whole name, or its kind.
with reference as (
    select
        entity,
        column_name,
        parent
    from unnest(%(entities)s::text[], %(columns)s::text[], %(parents)s::text[]) as given (entity, column_name, parent)
),

decided as (
    select
        held.quarantine_id,
        decision.decision
    from quarantine.row as held
    inner join quarantine.decision as decision
        on
            held.source = decision.source and held.entity = decision.entity
            and held.source_key is not distinct from decision.source_key and held.digest = decision.digest
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
    (
        select string_agg(reference.parent || ' ' || (held.row ->> reference.column_name), ', ')
        from reference
        where
            reference.entity = held.entity
            and 'reference:' || reference.column_name = any(held.rules)
    ) as waits_for
from quarantine.row as held
left join decided on held.quarantine_id = decided.quarantine_id
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
