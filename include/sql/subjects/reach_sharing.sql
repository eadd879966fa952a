-- Reaches the touched records, whoever shares an identifier with one of them, whatever the name (they decide whether
-- many unlike names share it), is of one subject with one, or is named in a decision beside one. Run before and after
-- ``refresh``.
insert into staging.subject_reached (source, entity, source_key)
select distinct
    near.source,
    near.entity,
    near.source_key
from staging.subject_key as touched
left join register.subject_identifier as mine
    on touched.source = mine.source and touched.entity = mine.entity and touched.source_key = mine.source_key
left join register.subject_link as link
    on touched.source = link.source and touched.entity = link.entity and touched.source_key = link.source_key
cross join
    lateral (
        select
            touched.source,
            touched.entity,
            touched.source_key
        union all
        select
            other.source,
            other.entity,
            other.source_key
        from register.subject_identifier as other
        where other.email = mine.email and not mine.shared
        union all
        select
            other.source,
            other.entity,
            other.source_key
        from register.subject_identifier as other
        where other.phone = mine.phone
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
            decision.source = touched.source and decision.entity = touched.entity
            and decision.source_key = touched.source_key
        union all
        select
            decision.source,
            decision.entity,
            decision.source_key
        from register.subject_decision as decision
        where
            decision.other_source = touched.source and decision.other_entity = touched.entity
            and decision.other_key = touched.source_key
    ) as near
on conflict do nothing
