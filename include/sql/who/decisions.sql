-- subjects: uuid[], or null for all. Returns what staff decided of the records of these subjects.
select
    decision.decision,
    decision.source,
    decision.entity,
    decision.source_key,
    decision.other_source,
    decision.other_entity,
    decision.other_key,
    decision.reason,
    decision.staff,
    decision.decided_on
from register.subject_decision as decision
where
    %(subjects)s::uuid[] is null
    or exists (
        select from register.subject_link as link
        where
            link.subject_id = any(%(subjects)s::uuid[])
            and (link.source, link.entity, link.source_key) in (
                (decision.source, decision.entity, decision.source_key),
                (decision.other_source, decision.other_entity, decision.other_key)
            )
    )
order by
    decision.source, decision.entity, decision.source_key, decision.other_source, decision.other_entity,
    decision.other_key
