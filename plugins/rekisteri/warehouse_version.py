"""Which version the warehouse has and which one this code needs; quick to ask, since tasks ask first."""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from rekisteri import connections, migrations, paths
from rekisteri.errors import WarehouseOutdated
from rekisteri.statements import load

COMMAND = "rekisteri warehouse upgrade"
_FOLDERS = ("warehouse", "audit")
_STRUCTURE = re.compile(r"(?:--.*\n|\s)*create\s+(?:unlogged\s+)?(?:table|(?:unique\s+)?index|type|domain|sequence)\b")


class Version(NamedTuple):
    """A warehouse's version; both are None where there is no warehouse yet."""

    revision: str | None
    """Of tables, types and indexes."""
    checksum: str | None
    """Of the files that are run again at each upgrade: functions, views, triggers, grants, policies."""


def repeatable(folder: str) -> Iterator[Path]:
    """Yield the DDL files of include/sql/<folder> that are run again at each upgrade, in order."""
    for path in sorted((paths.SQL / folder).glob("[0-9]*.sql")):
        if not _STRUCTURE.match(path.read_text(encoding="utf-8")):
            yield path


def wanted() -> Version:
    """Return the version that this code needs."""
    files = (path for folder in _FOLDERS for path in (paths.SQL / folder).glob("[0-9]*.sql"))
    stamps = frozenset((path, path.stat().st_mtime_ns) for path in files)
    return Version(migrations.known()[-1], _checksum(stamps))


# Each connection asks for it; what it is of changes with a release only.
@lru_cache(maxsize=4)
def _checksum(_stamps: frozenset[tuple[Path, int]]) -> str:
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for path in repeatable(folder):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def held(conn: psycopg.Connection[Any]) -> Version:
    """Return the warehouse's version; the first one where there are tables and no version is noted.

    Args:
        conn: the pipeline's, the DPO's or a superuser's connection to the warehouse.
    """
    noted, made = conn.execute(load("warehouse/version_found")).fetchone() or (False, False)
    row = conn.execute(load("warehouse/version")).fetchone() if noted else None
    if row:
        return Version(*row)
    return Version(migrations.FIRST if made else None, None)


def require_current(conn: psycopg.Connection[Any]) -> None:
    """Refuse to work on a warehouse of another version than this code's.

    Raises:
        WarehouseOutdated: it is older or newer; the message says both revisions and the command.
    """
    has, needs = held(conn), wanted()
    if has == needs:
        return
    require_not_newer(has)
    if has.revision is None:
        raise WarehouseOutdated(f"there is no warehouse yet, and revision {needs.revision} is needed; run `{COMMAND}`")
    if has.revision != needs.revision:
        raise WarehouseOutdated(
            f"the warehouse is at revision {has.revision}, and this code needs {needs.revision}; run `{COMMAND}`"
        )
    raise WarehouseOutdated(
        f"the warehouse is at revision {has.revision}, as this code needs, but its functions, views or grants are "
        f"those of another release; run `{COMMAND}`"
    )


def connect() -> psycopg.Connection[Any]:
    """Open the warehouse as the pipeline, each statement a transaction of its own: what every task does first.

    Raises:
        SetupError, SourceDown: as of ``connections.connect``.
        WarehouseOutdated: the warehouse is of another version than this code.
    """
    conn = connections.connect("warehouse", autocommit=True)
    try:
        require_current(conn)
    except BaseException:
        conn.close()
        raise
    return conn


def require_not_newer(has: Version) -> None:
    """Refuse a warehouse whose revision this code does not know.

    Raises:
        WarehouseOutdated: a newer release has upgraded it.
    """
    if has.revision is not None and has.revision not in (known := migrations.known()):
        raise WarehouseOutdated(
            f"the warehouse is at revision {has.revision}, newer than this code, which needs {known[-1]}: install the "
            f"release that ran `{COMMAND}`, or restore the warehouse's backup from before it"
        )
