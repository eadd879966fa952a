-- Indexes that a first load builds after its rows: what they are, from their dropping to their building, in one
-- transaction; empty for everybody else.
create table if not exists register.unindexed (
    entity text not null,
    name text not null,
    definition text not null,
    is_constraint boolean not null,
    primary key (entity, name)
)
