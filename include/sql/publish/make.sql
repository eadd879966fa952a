-- Makes a version of an analyst table, empty, with the columns that its rows have.
-- table: its name; columns: of the analysts; rows: the SELECT of the rows with its parameters.
create table {table} as
select {columns}
from (
    {rows}
)
with no data
