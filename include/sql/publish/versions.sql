-- table_name: an analyst table. Returns the names of its versions that are there.
select relname
from pg_catalog.pg_class
where
    relnamespace = 'analytics'::regnamespace
    and relkind = 'r'
    and relname ~ ('^' || %(table_name)s || '_[0-9]+$')
