-- Writes one entry in the caller's transaction; the parameters are the fields of audit.entry. Returns seq.
select audit.record(
    kind => %(kind)s::audit.kind,
    pull_id => %(pull_id)s::uuid,
    night => %(night)s::date,
    source => %(source)s::text,
    entity => %(entity)s::text,
    rule => %(rule)s::text,
    column_name => %(column)s::text,
    staff => %(staff)s::text,
    plan_checksum => %(plan_checksum)s::text,
    numbers => %(numbers)s::jsonb
);
