-- Gives each component its oldest subject; a subject that was split stays with the greater part.
with claim as (
    select
        node.label,
        link.subject_id,
        subject.made_at,
        count(*) as records
    from staging.subject_node as node
    inner join register.subject_link as link
        on node.source = link.source and node.entity = link.entity and node.source_key = link.source_key
    inner join register.subject as subject on link.subject_id = subject.subject_id and node.kind = subject.kind
    group by node.label, link.subject_id, subject.made_at
),

won as (
    select distinct on (subject_id)
        label,
        subject_id,
        made_at
    from claim
    order by subject_id, records desc, label
),

chosen as (
    select distinct on (label)
        label,
        subject_id
    from won
    order by label, made_at, subject_id
)

update staging.subject_node as node
set subject_id = chosen.subject_id
from chosen
where node.label = chosen.label
