-- Whether the warehouse notes its version, and whether it was made at all. No parameters; one row.
select
    to_regclass('register.schema_version') is not null as noted,
    to_regclass('staging.pull') is not null as made
