-- source, entity. Notes the sums that the source gave of the buckets that were read.
insert into staging.seen_bucket (source, entity, bucket, rows, sum)
select
    %(source)s,
    %(entity)s,
    sums.bucket,
    sums.rows,
    sums.sum
from {sums} as sums
where {stale}
