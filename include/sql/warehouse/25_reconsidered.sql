-- Rows that wait in quarantine for a transfer consent which is there by now: the pull that is under way judges them
-- again.
create table if not exists staging.reconsidered (
    source text not null,
    entity text not null,
    source_key text not null,
    primary key (source, entity, source_key)
)
