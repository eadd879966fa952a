-- The warehouse's version. version_num: Alembic's name for the revision of tables, types and indexes; checksum: of the
-- DDL files that are run again at each upgrade.
create table if not exists register.schema_version (
    version_num text primary key,
    checksum text
)
