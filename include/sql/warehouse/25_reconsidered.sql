-- Rows that wait in quarantine for what is not in their source: a consent, a day, a record of another source. The pull
-- that is under way judges them again.
create table if not exists staging.reconsidered (
    source text not null,
    entity text not null,
    source_key text not null,
    primary key (source, entity, source_key)
)
