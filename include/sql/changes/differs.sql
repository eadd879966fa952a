-- source, entity. Lists the buckets whose rows or sum are not what they were when they were last merged.
insert into {differs} (bucket)
select coalesce(now.bucket, before.bucket)
from {sums} as now
full join (
    select
        bucket,
        rows,
        sum
    from staging.seen_bucket
    where source = %(source)s and entity = %(entity)s
) as before on now.bucket = before.bucket
where (now.rows, now.sum) is distinct from (before.rows, before.sum)
