-- until: timestamptz. Returns the newest moment of a column among the fresh rows that is not in the future.
select max({column}::timestamptz) as newest
from {checked}
where {column} < %(until)s
