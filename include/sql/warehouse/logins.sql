-- names: text[] of role names. Returns those that exist.
select rolname
from pg_catalog.pg_roles
where rolname = any(%(names)s)
