"""How an older warehouse becomes a newer one: Alembic revisions, forward only; the way back is a restored backup.

To change the warehouse's structure:

1. Change the DDL file in ``include/sql/warehouse`` or ``include/sql/audit``, or the model: a fresh warehouse is made
   from these and never from revisions. New columns go last in a DDL file (PostgreSQL adds them last).
2. Add ``versions/000N_what_it_does.py`` with the next number; it does the same to a warehouse that holds data::

       '''Remember how a pull reads its source.'''

       import sqlalchemy as sa
       from alembic import op

       from rekisteri.migrations import as_owner

       revision = "0002"
       down_revision = "0001"


       def upgrade() -> None:
           with as_owner("staging"):
               op.add_column("pull", sa.Column("mode", sa.Text, nullable=False, server_default=""), schema="staging")
               op.execute("alter table staging.pull drop constraint pull_state_check")
               op.execute("alter table staging.pull add constraint pull_state_check check (state in ('started', ...))")

   It says itself what it does and takes nothing from the model or from a file: those go on changing, it must not. A
   function or domain that it needs and the older warehouse lacks, it makes. A column that may not be null is added with
   a value for the rows that are there. Names are PostgreSQL's own: ``pull_state_check``, ``pull_source_run_id_key``.
3. Run ``pytest tests/migrations``: it upgrades a warehouse of revision 0001, full of data, and compares its catalog
   with that of a fresh one, grants and policies included.

No revision is needed for a file that can run again (``create or replace``, ``grant``, ``do``): each upgrade runs all of
those after the revisions, and their checksum is part of the warehouse's version. So a new audit kind is a word in
``audit/10_kind.sql``. What such a file no longer makes or grants, and a view or function that changes its columns or
arguments, a revision has to drop or revoke first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent
VERSIONS = FOLDER / "versions"
FIRST = "0001"
"""Revision of a warehouse that was made before revisions were noted."""


def known() -> list[str]:
    """Return the revisions, oldest first, by their files' names: a task need not import Alembic to know the newest."""
    return sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))


def stamp(connection: "Connection", revision: str) -> None:
    """Note, in the caller's transaction, that the warehouse is at a revision."""
    from alembic import command

    command.stamp(_config(connection), revision)


def upgrade(connection: "Connection", revision: str) -> None:
    """Run, in the caller's transaction, a revision whose predecessor the warehouse is at.

    Raises:
        psycopg.Error: the database refused a statement of it.
    """
    from alembic import command
    from sqlalchemy.exc import DBAPIError

    try:
        command.upgrade(_config(connection), revision)
    except DBAPIError as error:
        # SQLAlchemy's own text holds the statement's parameters.
        raise error.orig or error from None


@contextmanager
def as_owner(schema: str) -> Iterator[None]:
    """Run a revision's statements as the role that owns a schema, so that what they make belongs to it."""
    from alembic import op

    op.execute(f"set local role {schema}_owner")
    yield
    op.execute("set local role none")


def _config(connection: "Connection") -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    for name, value in {"script_location": FOLDER, "version_locations": VERSIONS, "path_separator": "newline"}.items():
        config.set_main_option(name, str(value).replace("%", "%%"))
    return config
