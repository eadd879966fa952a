-- source. Returns what the last merged pull saw: entity, shape, rows, buckets, watermark.
select
    entity,
    shape,
    rows,
    buckets,
    watermark
from staging.seen
where source = %(source)s
