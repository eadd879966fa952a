-- Run at a PostgreSQL source. Returns per bucket of keys its number, its rows, and the sum of hashes of their values. A
-- sum, no exclusive or: there, two rows that are alike in everything cancel each other out, whatever they become.
select
    {bucket} as bucket,
    count(*) as rows,
    sum(hash_record_extended(row({cells}), 0)) as sum
from (
    {query}
) as extract
group by 1
