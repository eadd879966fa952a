-- Makes a work table: whose consent each record outside needs: a person, a customer who is one, or nobody known, whose
-- consent there never is.
create unlogged table {asked} (
    source text not null,
    record_key text not null,
    entity text not null check (entity in ('person', 'customer', 'nobody')),
    key text not null,
    primary key (source, record_key, entity, key)
)
