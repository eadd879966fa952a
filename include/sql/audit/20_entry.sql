-- The evidence: one row per verdict, chained by hash, no customer data. Written by audit.record only.
create table if not exists audit.entry (
    seq bigint primary key check (seq > 0),
    at timestamptz not null,
    kind audit.kind not null,
    pull_id uuid,
    night date,
    source audit.name,
    entity audit.name,
    rule audit.name,
    column_name audit.name,
    staff audit.staff,
    plan_checksum audit.checksum,
    numbers audit.numbers not null,
    previous audit.digest not null,
    hash audit.digest not null
);
