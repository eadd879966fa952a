-- pull_id, entity, read, part, skipped, shape, buckets, watermark. Counts what arrived, and what need not be read.
insert into staging.arrival (pull_id, entity, read, part, skipped, shape, buckets, watermark)
values (
    %(pull_id)s, %(entity)s, %(read)s, %(part)s, %(skipped)s, %(shape)s, %(buckets)s, %(watermark)s
)
on conflict (pull_id, entity) do update
    set
        read = excluded.read, part = excluded.part, skipped = excluded.skipped, shape = excluded.shape,
        buckets = excluded.buckets, watermark = excluded.watermark, fresh = null, hetu_removed = 0
