-- A plan: the exact list of what will be erased, restricted and kept; its checksum is its name. The night is the
-- last one on which this was what is due.
create table if not exists register.erasure_plan (
    checksum text primary key check (checksum ~ '^[0-9a-f]{64}$'),
    night date not null,
    made_at timestamptz not null default now(),
    state text not null default 'waiting' check (state in ('waiting', 'approved', 'rejected', 'erased', 'voided')),
    erase bigint not null,
    "restrict" bigint not null,
    keep bigint not null,
    subjects bigint not null
)
