-- largest: int. Returns label and rule of each component that holds a contradiction or is too large.
with component as (
    select
        label,
        count(*) as records,
        count(distinct y_tunnus) as y_tunnus
    from staging.subject_node
    group by label
    having count(*) > 1
),

decided as (
    select
        one.node,
        other.node as other_node,
        one.label,
        decision.decision
    from register.subject_decision as decision
    inner join staging.subject_node as one
        on
            decision.source = one.source and decision.entity = one.entity
            and decision.source_key = one.source_key
    inner join staging.subject_node as other
        on
            decision.other_source = other.source and decision.other_entity = other.entity
            and decision.other_key = other.source_key and one.label = other.label
),

unlike_customers as (
    select distinct one.label
    from staging.subject_node as one
    inner join staging.subject_node as other
        on one.label = other.label and one.source = other.source and one.node < other.node
    where
        one.entity = 'customer' and other.entity = 'customer' and one.kind = 'person'
        and one.email <> other.email and one.phone <> other.phone
        and not exists (
            select from decided
            where decided.decision = 'merge' and decided.node = one.node and decided.other_node = other.node
        )
),

judged as (
    select
        component.label,
        case
            when component.records > %(largest)s then 'too_large'
            when component.y_tunnus > 1 then 'two_y_tunnus'
            when component.label in (select label from decided where decision = 'apart') then 'decided_apart'
            when component.label in (select label from unlike_customers) then 'unlike_customers'
        end as rule
    from component
)

select
    label,
    rule
from judged
where rule is not null
