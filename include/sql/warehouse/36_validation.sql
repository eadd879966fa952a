-- What Great Expectations said of an entity in a pull, for the Data Docs: counts, rule names and settings, no values.
create table if not exists quarantine.validation (
    pull_id uuid not null,
    source text not null,
    entity text not null,
    night date not null,
    validated_at timestamptz not null,
    result jsonb not null,
    primary key (pull_id, entity)
)
