-- Returns the rows that arrived unchanged, waiting, suppressed by a row tombstone, and fresh.
select
    count(*) filter (where fate = 'unchanged') as unchanged,
    count(*) filter (where fate = 'waiting') as waiting,
    count(*) filter (where fate = 'suppressed') as suppressed,
    count(*) filter (where fate = 'fresh') as fresh
from {compared}
