-- Makes a subject for each component that has none.
with fresh as materialized (
    select
        label,
        min(kind) as kind,
        uuidv7() as subject_id
    from staging.subject_node
    where subject_id is null
    group by label
),

made as (
    insert into register.subject (subject_id, kind)
    select
        subject_id,
        kind
    from fresh
)

update staging.subject_node as node
set subject_id = fresh.subject_id
from fresh
where node.label = fresh.label
