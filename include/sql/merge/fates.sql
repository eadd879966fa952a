-- Returns the rows that arrived unchanged, waiting, and suppressed by a row tombstone.
select
    count(*) filter (where fate = 'unchanged') as unchanged,
    count(*) filter (where fate = 'waiting') as waiting,
    count(*) filter (where fate = 'suppressed') as suppressed
from {compared}
