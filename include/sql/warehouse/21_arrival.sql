-- Rows counted as they arrived, in a logged table: an unlogged staging table is empty after a crash, this is not.
-- part: full, everything was read; part, what may have changed; same, nothing has. skipped: rows that were not read,
-- since the source's sums show that they are as they were. The rest is for staging.seen, once the pull is merged.
create table if not exists staging.arrival (
    pull_id uuid not null references staging.pull,
    entity text not null,
    read bigint not null check (read >= 0),
    fresh bigint check (fresh >= 0),
    hetu_removed bigint not null default 0,
    part text not null default 'full' check (part in ('full', 'part', 'same')),
    skipped bigint not null default 0 check (skipped >= 0),
    shape text not null default '',
    buckets int,
    watermark text,
    primary key (pull_id, entity)
)
