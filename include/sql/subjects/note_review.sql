-- labels: bigint[]; rules: text[], one for each; night. Makes the review list hold, of what was reached, exactly what
-- is contradictory now: the records of those components, and persons who share an e-mail address under unlike names,
-- until it is decided of each two of them. Returns how many.
-- The linter cannot read a merge inside a CTE:
-- noqa: disable=all
with refused as (
    select
        label,
        rule
    from unnest(%(labels)s::bigint[], %(rules)s::text[]) as given (label, rule)
),

unlike as (
    select distinct
        one.node,
        one.email
    from staging.subject_node as one
    inner join register.subject_identifier as other
        on one.email = other.email and coalesce(one.name_key, '') <> coalesce(other.name_key, '')
    left join staging.subject_node as near
        on other.source = near.source and other.entity = near.entity and other.source_key = near.source_key
    where
        one.kind = 'person' and other.kind = 'person' and not one.shared
        and (near.label is null or near.label <> one.label or one.label = any(%(labels)s))
        and not exists (
            select from register.subject_decision as decision
            where
                decision.decision = 'apart'
                and (
                    decision.source, decision.entity, decision.source_key,
                    decision.other_source, decision.other_entity, decision.other_key
                ) in (
                    (one.source, one.entity, one.source_key, other.source, other.entity, other.source_key),
                    (other.source, other.entity, other.source_key, one.source, one.entity, one.source_key)
                )
        )
),

found as (
    select
        node.source,
        node.entity,
        node.source_key,
        refused.rule,
        count(*) over (partition by node.label) as records,
        concat_ws(' ', first.source, first.entity, first.source_key) as led_by
    from staging.subject_node as node
    inner join refused on node.label = refused.label
    inner join staging.subject_node as first on node.label = first.node
    union all
    select
        node.source,
        node.entity,
        node.source_key,
        'email_unlike_names' as rule,
        carriers.records,
        carriers.led_by
    from staging.subject_node as node
    inner join unlike on node.node = unlike.node
    cross join lateral (
        select
            count(*) as records,
            (
                array_agg(
                    concat_ws(' ', source, entity, source_key) order by source, entity, source_key
                )
            )[1] as led_by
        from register.subject_identifier as carrier
        where carrier.email = unlike.email and carrier.kind = 'person'
    ) as carriers
),

noted as (
    merge into register.subject_review as known
    using found
        on known.source = found.source and known.entity = found.entity
        and known.source_key = found.source_key and known.rule = found.rule
    when matched and (known.records, known.led_by) <> (found.records, found.led_by)
        then update set records = found.records, led_by = found.led_by
    when not matched then insert (source, entity, source_key, rule, records, noted_on, led_by)
    values (found.source, found.entity, found.source_key, found.rule, found.records, %(night)s, found.led_by)
    when not matched by source and (
        exists (
            select from staging.subject_reached as reached
            where
                known.source = reached.source and known.entity = reached.entity
                and known.source_key = reached.source_key
        )
        or exists (
            select from staging.subject_key as touched
            where
                known.source = touched.source and known.entity = touched.entity
                and known.source_key = touched.source_key
        )
    ) then delete
    returning 1
)

select count(*) as reviewed
from found
