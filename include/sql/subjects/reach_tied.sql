-- Reaches, from what was reached, all that is or was of one component with it: until nothing more is.
with recursive reached as (
    select
        source,
        entity,
        source_key
    from staging.subject_reached
    union
    select
        near.source,
        near.entity,
        near.source_key
    from reached
    inner join register.subject_identifier as mine
        on reached.source = mine.source and reached.entity = mine.entity and reached.source_key = mine.source_key
    left join register.subject_link as link
        on reached.source = link.source and reached.entity = link.entity and reached.source_key = link.source_key
    cross join
        lateral (
            select
                other.source,
                other.entity,
                other.source_key
            from register.subject_identifier as other
            where other.email = mine.email and other.name_key = mine.name_key and not mine.shared
            union all
            select
                other.source,
                other.entity,
                other.source_key
            from register.subject_identifier as other
            where other.phone = mine.phone and other.name_key = mine.name_key
            union all
            select
                other.source,
                other.entity,
                other.source_key
            from register.subject_identifier as other
            where other.y_tunnus = mine.y_tunnus
            union all
            select
                other.source,
                other.entity,
                other.source_key
            from register.subject_link as other
            where other.subject_id = link.subject_id
            union all
            select
                decision.other_source as source,
                decision.other_entity as entity,
                decision.other_key as source_key
            from register.subject_decision as decision
            where
                decision.decision = 'merge' and decision.source = mine.source and decision.entity = mine.entity
                and decision.source_key = mine.source_key
            union all
            select
                decision.source,
                decision.entity,
                decision.source_key
            from register.subject_decision as decision
            where
                decision.decision = 'merge' and decision.other_source = mine.source
                and decision.other_entity = mine.entity and decision.other_key = mine.source_key
        ) as near
)

insert into staging.subject_reached (source, entity, source_key)
select
    source,
    entity,
    source_key
from reached
on conflict do nothing
