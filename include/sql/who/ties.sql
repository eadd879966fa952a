-- subjects: uuid[]. Returns, for each record of these subjects, the kinds of identifiers that tie it to which others.
with member as (
    select
        link.subject_id,
        link.ties,
        identifier.*
    from register.subject_link as link
    inner join register.subject_identifier as identifier
        on
            link.source = identifier.source and link.entity = identifier.entity
            and link.source_key = identifier.source_key
    where link.subject_id = any(%(subjects)s)
)

select
    one.source,
    one.entity,
    one.source_key,
    tie.kind,
    other.source as other_source,
    other.entity as other_entity,
    other.source_key as other_key
from member as one
cross join lateral unnest(one.ties) as tie (kind)
inner join member as other on one.subject_id = other.subject_id and tie.kind = any(other.ties)
where
    (one.source, one.entity, one.source_key) <> (other.source, other.entity, other.source_key)
    and case tie.kind
        when 'y_tunnus' then one.y_tunnus = other.y_tunnus
        when 'email+name' then one.email = other.email and one.name_key = other.name_key
        when 'phone+name' then one.phone = other.phone and one.name_key = other.name_key
        else exists (
            select from register.subject_decision as decision
            where
                decision.decision = 'merge'
                and (
                    decision.source, decision.entity, decision.source_key,
                    decision.other_source, decision.other_entity, decision.other_key
                ) in (
                    (one.source, one.entity, one.source_key, other.source, other.entity, other.source_key),
                    (other.source, other.entity, other.source_key, one.source, one.entity, one.source_key)
                )
        )
    end
order by one.source, one.entity, one.source_key, tie.kind, other.source, other.entity, other.source_key
