-- The databases that are there: one row each, its name. No parameters.
select datname from pg_catalog.pg_database;
