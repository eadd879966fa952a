-- Makes, of what arrived, the sums that the source itself would give: per bucket of keys its number, its rows and the
-- sum of its rows' hashes.
create table {sums} as
select
    rehashed.bucket::int as bucket,
    count(*) as rows,
    sum(rehashed.row_hash)::text as sum
from (
    select
        {bucket} as bucket,
        {hashed} as row_hash
    from {raw} as arrived
) as rehashed
group by rehashed.bucket
