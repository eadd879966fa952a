-- Per bucket of keys the rows and the sum that the source gave when the last merged pull read it.
create table if not exists staging.seen_bucket (
    source text not null,
    entity text not null,
    bucket int not null,
    rows bigint not null,
    sum numeric not null,
    primary key (source, entity, bucket)
)
