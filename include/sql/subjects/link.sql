-- Makes the links equal the components. Returns what changed, and the subjects that lost or won a known record.
-- The linter cannot read a merge inside a CTE:
-- noqa: disable=all
with linked as (
    merge into register.subject_link as known
    using staging.subject_node as node
        on known.source = node.source and known.entity = node.entity and known.source_key = node.source_key
    when matched and (known.subject_id <> node.subject_id or known.rule <> node.rule)
        then update set subject_id = node.subject_id, rule = node.rule
    when not matched then insert (source, entity, source_key, subject_id, rule)
    values (node.source, node.entity, node.source_key, node.subject_id, node.rule)
    when not matched by source then delete
    returning merge_action() as action, old.subject_id as old_subject, new.subject_id as new_subject
)

select
    count(*) filter (where action = 'INSERT') as linked,
    count(*) filter (where action = 'DELETE') as unlinked,
    count(*) filter (where action = 'UPDATE' and old_subject <> new_subject) as moved,
    array(
        select old_subject from linked
        where action = 'UPDATE' and old_subject <> new_subject
        union
        select new_subject from linked
        where action = 'UPDATE' and old_subject <> new_subject
    ) as moved_subjects
from linked
