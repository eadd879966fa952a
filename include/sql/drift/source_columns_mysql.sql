-- Columns and types of one table, asked of a MariaDB or MySQL source; only those that the login has a right on.
-- n: the place of the table; schema, name: expressions that give its own. For one table each: the server opens only it.
select
    {n},
    column_name,
    column_type
from information_schema.columns
where table_schema = {schema} and table_name = {name}
