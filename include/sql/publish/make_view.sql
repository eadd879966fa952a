-- view: what the analysts read; table: the version behind it.
create view {view} as
select {columns}
from {table}
