-- Run at a PostgreSQL source. Returns per bucket of keys its number, its rows, and a sum over hashes of their values.
select
    {bucket} as bucket,
    count(*) as rows,
    sum(hash_record_extended(row({cells}), 0)) as sum
from (
    {query}
) as extract
group by 1
