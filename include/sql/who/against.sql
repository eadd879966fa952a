-- source, entity, source_key, other_source, other_entity, other_key; largest: int. Returns how many of two records are
-- known, and what speaks against joining their subjects.
with asked as (
    select subject_id
    from register.subject_link
    where
        (source, entity, source_key) in (
            (%(source)s, %(entity)s, %(source_key)s), (%(other_source)s, %(other_entity)s, %(other_key)s)
        )
),

member as (
    select identifier.*
    from register.subject_link as link
    inner join register.subject_identifier as identifier
        on
            link.source = identifier.source and link.entity = identifier.entity
            and link.source_key = identifier.source_key
    where link.subject_id in (select subject_id from asked)
)

select
    (select count(*) from asked) as known,
    count(distinct kind) > 1 as two_kinds,
    count(distinct y_tunnus) > 1 as two_y_tunnus,
    count(*) > %(largest)s as too_large,
    exists(
        select from register.subject_decision as decision
        inner join member as one
            on
                decision.source = one.source and decision.entity = one.entity
                and decision.source_key = one.source_key
        inner join member as other
            on
                decision.other_source = other.source and decision.other_entity = other.entity
                and decision.other_key = other.source_key
        where
            decision.decision = 'apart'
            -- The two records themselves: the new decision takes the place of the old one.
            and not (
                (one.source, one.entity, one.source_key) in (
                    (%(source)s, %(entity)s, %(source_key)s), (%(other_source)s, %(other_entity)s, %(other_key)s)
                )
                and (other.source, other.entity, other.source_key) in (
                    (%(source)s, %(entity)s, %(source_key)s), (%(other_source)s, %(other_entity)s, %(other_key)s)
                )
            )
    ) as decided_apart
from member
