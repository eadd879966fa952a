-- What the last merged pull saw of each entity at its source: with it the next pull tells what has changed since.
-- shape: checksum of all that decides what is read and how it is judged; buckets: how many the keys fall into, null
-- where the source gives no sums; watermark: the newest one, as the source wrote it, null where it has none.
create table if not exists staging.seen (
    source text not null,
    entity text not null,
    pull_id uuid not null,
    shape text not null,
    rows bigint not null check (rows >= 0),
    buckets int,
    watermark text,
    primary key (source, entity)
)
