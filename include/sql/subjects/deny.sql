-- Takes away what ties two records that were decided apart: whatever both carry is not one subject's.
with apart as (
    select
        one.node,
        other.node as other_node
    from register.subject_decision as decision
    inner join staging.subject_node as one
        on
            decision.source = one.source and decision.entity = one.entity
            and decision.source_key = one.source_key
    inner join staging.subject_node as other
        on
            decision.other_source = other.source and decision.other_entity = other.entity
            and decision.other_key = other.source_key
    where decision.decision = 'apart'
),

carried_by_both as (
    select
        one.kind,
        one.tie
    from apart
    inner join staging.subject_tie as one on apart.node = one.node
    inner join staging.subject_tie as other
        on apart.other_node = other.node and one.kind = other.kind and one.tie = other.tie
)

delete from staging.subject_tie as held
using carried_by_both
where held.kind = carried_by_both.kind and held.tie = carried_by_both.tie
