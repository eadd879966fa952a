-- source, entity, watermarked: boolean. Lists the buckets whose rows or sum are not what they were when they were last
-- merged. Rows that are alike in what is summed cancel each other out there: where such rows wait in quarantine, a sum
-- would not tell that both have changed, and their bucket is listed anyway; so is that of a row to be judged again.
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
union
select {bucket}
from quarantine.row as waiting
where
    waiting.source = %(source)s and waiting.entity = %(entity)s
    and (
        waiting.copy > 1
        or (%(watermarked)s and (waiting.source_key is null or 'unique:source_key' = any(waiting.rules)))
    )
union
select {bucket}
from staging.reconsidered as waiting
where waiting.source = %(source)s and waiting.entity = %(entity)s
