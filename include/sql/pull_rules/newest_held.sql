-- source; until: timestamptz. Returns the newest moment of a column in the register that is not in the future.
select max({column}::timestamptz) as newest
from {register}
where source = %(source)s and {column} < %(until)s
