-- Run at a PostgreSQL source. Returns per bucket of keys its number, its rows, and hashes of their values, combined bit
-- by bit: half the work of adding them. Two rows that are alike in everything cancel each other out there and are still
-- counted; changes/differs knows of them.
select
    {bucket} as bucket,
    count(*) as rows,
    bit_xor(hash_record_extended(row({cells}), 0)) as sum
from (
    {query}
) as extract
group by 1
