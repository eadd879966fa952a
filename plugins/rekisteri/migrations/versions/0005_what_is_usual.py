"""Keep what is usual of a source, what it counted itself, and which rules a person lets a pull break."""

import sqlalchemy as sa
from alembic import op

from rekisteri.migrations import as_owner

revision = "0005"
down_revision = "0004"

_SOURCE_TOTAL = (
    "create table staging.source_total (pull_id uuid not null references staging.pull, entity text not null, "
    "name text not null, total numeric, primary key (pull_id, entity, name))"
)
_COLUMN_NIGHT = (
    "create table quarantine.column_night (noted bigint generated always as identity, pull_id uuid not null, "
    "night date not null, source text not null, entity text not null, name text not null, "
    "rows bigint not null check (rows >= 0), nulls bigint not null check (nulls between 0 and rows), "
    "offered bigint not null check (offered >= 0), "
    "offered_nulls bigint not null check (offered_nulls between 0 and offered), newest timestamptz, "
    "merged boolean not null default false, primary key (pull_id, entity, name, merged))",
    "create index column_night_noted on quarantine.column_night (source, entity, noted) where merged",
)


def upgrade() -> None:
    """Add the tables; what was accepted of a pull that is open stays accepted."""
    with as_owner("staging"):
        none = sa.text("'{}'")
        accepted: sa.Column[list[str]] = sa.Column("accepted", sa.ARRAY(sa.Text), nullable=False, server_default=none)
        op.add_column("pull", accepted, schema="staging")
        op.execute("update staging.pull set accepted = array['vanished'] where vanish_accepted")
        op.drop_column("pull", "vanish_accepted", schema="staging")
        op.execute(_SOURCE_TOTAL)
    with as_owner("quarantine"):
        for statement in _COLUMN_NIGHT:
            op.execute(statement)
