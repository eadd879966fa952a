-- Lists what ties two nodes or more. A company is tied by its Y-tunnus; a person by e-mail and name, or phone and name;
-- either by a decision.
with decided as (
    select
        one.node,
        other.node as other_node,
        row_number() over (order by one.node, other.node) as pair
    from register.subject_decision as decision
    inner join staging.subject_node as one
        on
            decision.source = one.source and decision.entity = one.entity
            and decision.source_key = one.source_key
    inner join staging.subject_node as other
        on
            decision.other_source = other.source and decision.other_entity = other.entity
            and decision.other_key = other.source_key
    where decision.decision = 'merge' and one.kind = other.kind
),

carried as (
    select
        node,
        'y_tunnus' as kind,
        y_tunnus as what,
        null::bigint as pair
    from staging.subject_node
    where kind = 'company' and y_tunnus is not null
    union all
    select
        node,
        'email+name' as kind,
        name_key || ' / ' || email as what,
        null::bigint as pair
    from staging.subject_node
    where kind = 'person' and not shared and name_key is not null and email is not null
    union all
    select
        node,
        'phone+name' as kind,
        name_key || ' / ' || phone as what,
        null::bigint as pair
    from staging.subject_node
    where kind = 'person' and not phone_shared and name_key is not null and phone is not null
    union all
    select
        side.node,
        'decided' as kind,
        decided.pair::text as what,
        decided.pair
    from decided
    cross join lateral (values (decided.node), (decided.other_node)) as side (node)
),

counted as (
    select
        node,
        kind,
        coalesce(pair, min(node) over alike) as tie,
        count(*) over alike as nodes
    from carried
    window alike as (partition by kind, what)
)

insert into staging.subject_tie (kind, tie, node)
select
    kind,
    tie,
    node
from counted
where nodes > 1
