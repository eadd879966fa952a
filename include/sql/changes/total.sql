-- Returns the rows that the source has by its sums, and those of them in the buckets that differ.
select
    coalesce(sum(rows), 0)::bigint as rows,
    coalesce(sum(rows) filter (where bucket in (select bucket from {differs})), 0)::bigint as differing
from {sums}
