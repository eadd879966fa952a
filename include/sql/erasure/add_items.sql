-- checksum. Writes the verdicts of the night as the items of a plan.
insert into register.erasure_item as item (
    checksum, source, entity, source_key, action, rule, ground, until, subject_id
)
select
    %(checksum)s,
    source,
    entity,
    source_key,
    action,
    rule,
    ground,
    until,
    subject_id
from staging.retention_verdict
on conflict (checksum, entity, source, source_key) do update set
    subject_id = excluded.subject_id,
    done_on = null
