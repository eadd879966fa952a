-- Rows counted as they arrived, in a logged table: an unlogged staging table is empty after a crash, this is not.
create table if not exists staging.arrival (
    pull_id uuid not null references staging.pull,
    entity text not null,
    read bigint not null check (read >= 0),
    fresh bigint check (fresh >= 0),
    hetu_removed bigint not null default 0,
    primary key (pull_id, entity)
)
