"""Remember what each source's tables looked like, and what each validation counted."""

from alembic import op

from rekisteri.migrations import as_owner

revision = "0007"
down_revision = "0006"

_DRIFT = (
    "create table staging.source_catalog (source text primary key, looked_on date not null, read_on date, "
    "tables int not null default 0 check (tables >= 0), columns int not null default 0 check (columns >= 0), "
    "failure text, pull_id uuid not null)",
    "create table staging.source_column (source text not null, table_name text not null, column_name text not null, "
    "type text not null, first_seen date not null, last_seen date not null, gone_on date, "
    "primary key (source, table_name, column_name))",
    "create table staging.source_change (change_id bigint generated always as identity primary key, "
    "source text not null, table_name text not null, column_name text, "
    "what text not null check (what in ('new', 'dropped', 'retyped', 'new_table', 'dropped_table')), "
    "type_before text, type_now text, looks_like text, used_by text[] not null default array[]::text[], "
    "last_read_on date, noted_on date not null, pull_id uuid not null, seen_by text, seen_on date)",
)
_VALIDATION = (
    "create table quarantine.validation (pull_id uuid not null, source text not null, entity text not null, "
    "night date not null, validated_at timestamptz not null, result jsonb not null, primary key (pull_id, entity))",
    "create index validation_night on quarantine.validation (night, source, entity)",
)


def upgrade() -> None:
    """Add the tables; the first night after this only remembers, and Data Docs begin with it."""
    with as_owner("staging"):
        for statement in _DRIFT:
            op.execute(statement)
    with as_owner("quarantine"):
        for statement in _VALIDATION:
            op.execute(statement)
