-- Per pull, entity and column the rows and nulls: what is usual of a column, and what tonight's are reckoned from.
-- rows, nulls: of the register, once merged; until then, as in offered and offered_nulls, those that it would hold were
-- no row refused. newest: of a column whose freshness quality.yaml declares, its newest moment not in the future.
create table if not exists quarantine.column_night (
    noted bigint generated always as identity,
    pull_id uuid not null,
    night date not null,
    source text not null,
    entity text not null,
    name text not null,
    rows bigint not null check (rows >= 0),
    nulls bigint not null check (nulls between 0 and rows),
    offered bigint not null check (offered >= 0),
    offered_nulls bigint not null check (offered_nulls between 0 and offered),
    newest timestamptz,
    merged boolean not null default false,
    primary key (pull_id, entity, name, merged)
)
