-- source, entity, pull_id. Notes what a pull has seen of an entity, once it is merged.
insert into staging.seen as known (source, entity, pull_id, shape, rows, buckets, watermark)
select
    %(source)s,
    %(entity)s,
    arrived.pull_id,
    arrived.shape,
    arrived.read + arrived.skipped,
    arrived.buckets,
    arrived.watermark
from staging.arrival as arrived
where arrived.pull_id = %(pull_id)s and arrived.entity = %(entity)s
on conflict (source, entity) do update
    set
        pull_id = excluded.pull_id, shape = excluded.shape, rows = excluded.rows, buckets = excluded.buckets,
        watermark = excluded.watermark
