-- Columns and types of tables, asked of a PostgreSQL source's own catalog; also of columns that the login may not read.
-- names: quoted names of the tables. Returns per column the place of its table in names, counted from 1.
select
    asked.n,
    a.attname,
    pg_catalog.format_type(a.atttypid, a.atttypmod)
from unnest(%(names)s::text[]) with ordinality as asked (name, n)
inner join pg_catalog.pg_attribute as a on pg_catalog.to_regclass(asked.name) = a.attrelid
where a.attnum > 0 and not a.attisdropped
order by asked.n, a.attnum
