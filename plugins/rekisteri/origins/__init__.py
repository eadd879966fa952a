"""Origins: a source as it is read, in one read-only snapshot, each kind of database in its own way.

    postgres   COPY, passed through byte by byte; snapshots that several connections share
    mysql      MariaDB and MySQL: the server writes COPY's lines, a streaming cursor passes them on
    generic    any other SQLAlchemy dialect, SQLite among them: rows are streamed and written as text

Every origin gives what PostgreSQL's COPY reads, in a form that it names: NULL is never the text "NULL", a moment
carries its offset where the source knows it, a yes is ``true`` or ``1``.

What an origin must not let through: the driver's own error text, which may quote a row.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rekisteri import connections
from rekisteri.errors import SetupError
from rekisteri.origins.origin import BUCKETS, HASHES, STEM, Origin, Part
from rekisteri.sources import Source

__all__ = ["BUCKETS", "HASHES", "STEM", "Origin", "Part", "kind_of", "open_origin"]

_SAME = {"postgres": "postgresql", "mariadb": "mysql"}


def kind_of(entry: Source) -> str:
    """Return which kind of origin reads a source: postgresql, mysql or generic."""
    says = entry.dialect.partition("+")[0]
    kind = _SAME.get(says, says)
    return kind if kind in BUCKETS else "generic"


@contextmanager
def open_origin(entry: Source) -> Iterator[Origin]:
    """Open a source for reading: one snapshot, until the context ends.

    Args:
        entry: the source's entry in sources.yaml.

    Raises:
        SetupError: no such connection, or it is of another kind than the entry's dialect.
        SourceDown: the source does not answer or refuses the login.
    """
    has, says = connections.scheme(entry.connection), entry.dialect.partition("+")[0]
    if _SAME.get(has, has) != _SAME.get(says, says):
        raise SetupError(
            f"connection {entry.connection!r} is of kind {has!r}, and the source's entry in sources.yaml says dialect: "
            f"{says}; make them agree"
        )
    # Each driver is imported by its own module only: most sources need one of them.
    kind = kind_of(entry)
    if kind == "postgresql":
        from rekisteri.origins.postgres import Postgres as Kind
    elif kind == "mysql":
        from rekisteri.origins.mysql import MySQL as Kind  # type: ignore[assignment]
    else:
        from rekisteri.origins.generic import Generic as Kind  # type: ignore[assignment]
    origin = Kind(entry)
    try:
        yield origin
    finally:
        origin.close()
