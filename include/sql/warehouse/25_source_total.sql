-- What the source itself counted and summed over the very rows that were read of an entity, in the same snapshot: it is
-- held against what arrived. name: rows, or a column of money; total: null where the source cannot sum it as a number.
create table if not exists staging.source_total (
    pull_id uuid not null references staging.pull,
    entity text not null,
    name text not null,
    total numeric,
    primary key (pull_id, entity, name)
)
