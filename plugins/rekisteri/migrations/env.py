"""What Alembic runs for each of its commands: connection and transaction are the caller's."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="schema_version", version_table_schema="register"
)
context.run_migrations()
