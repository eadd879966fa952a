-- The roles that are there: one row each, its name. No parameters.
select rolname from pg_catalog.pg_roles;
