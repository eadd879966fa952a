"""The warehouse: six schemas, each with its owner and grants, made and brought up to date by one call.

A fresh one is made from the DDL files and the model; an older one is changed by the revisions of
``rekisteri.migrations``. Then the DDL files that can run again are: functions, views, triggers, grants, policies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import sqlalchemy
from psycopg import sql
from sqlalchemy import Index
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from rekisteri import migrations, paths
from rekisteri.errors import WarehouseError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import without_values
from rekisteri.statements import load
from rekisteri.warehouse_version import Version, held, repeatable, require_current, require_not_newer, wanted

__all__ = ["Upgrade", "Version", "held", "prepare", "require_current", "wanted"]

_OWNERS = {2: "staging", 3: "quarantine", 4: "register", 5: "register", 6: "vault", 7: "analytics", 8: "register"}
"""The tens digit of a DDL file's number says whose schema it is in; an 8 builds on the model's tables."""
LOCK_TIMEOUT = "60s"
"""How long an upgrade waits for a task or for another upgrade before it gives up, unchanged."""


class Upgrade(NamedTuple):
    """What ``prepare`` did."""

    before: Version
    after: Version


def prepare(admin: psycopg.Connection[Any]) -> Upgrade:
    """Make the warehouse, or bring it to this code's version, in one transaction of its own; data stays.

    Args:
        admin: connection, in no transaction, to the warehouse database as a superuser. The logins
            (rekisteri_pipeline, rekisteri_dpo, ...) must exist.

    Raises:
        WarehouseError: it is no superuser's connection, a login is missing, a revision failed or a lock was not to
            be had; nothing is changed.
        WarehouseOutdated: a newer release has upgraded it.
    """
    with without_values("making or upgrading the warehouse"), _transaction(admin) as connection:
        own: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        own.execute(load("warehouse/upgrade_session"), {"lock_timeout": LOCK_TIMEOUT})
        own.execute(load("warehouse/upgrade_lock"))
        _require_superuser(own)
        _require_logins(own)
        before, after = held(own), wanted()
        require_not_newer(before)
        for name in ("10_owner_roles", "11_schemas"):
            own.execute(load(f"warehouse/{name}"))
        _as_owner(own, "register", load("warehouse/12_schema_version"))
        if before.revision is None:
            _make(own)
            migrations.stamp(connection, "head")
        else:
            _upgrade(connection, before)
        _run_again(own)
        own.execute(load("warehouse/note_checksum"), {"checksum": after.checksum})
    return Upgrade(before, after)


@contextmanager
def _transaction(admin: psycopg.Connection[Any]) -> Iterator[sqlalchemy.Connection]:
    # A connection of its own: SQLAlchemy commits, rolls back and adapts the one that it holds.
    arguments: dict[str, Any] = admin.info.get_parameters() | {"password": admin.info.password}
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(**arguments), poolclass=sqlalchemy.NullPool
    )
    with engine.begin() as connection:
        yield connection


def _require_superuser(admin: psycopg.Connection[Any]) -> None:
    if admin.info.parameter_status("is_superuser") != "on":
        raise WarehouseError(
            f"login {admin.info.user!r} is no superuser, and only one may make or upgrade the warehouse; "
            "name the Airflow connection of one with --connection"
        )


def _require_logins(admin: psycopg.Connection[Any]) -> None:
    needed = {f"rekisteri_{who}" for who in ("pipeline", "dpo", "analyst", "service_desk", "auditor")}
    have = {row[0] for row in admin.execute(load("warehouse/logins"), {"names": sorted(needed)})}
    if missing := needed - have:
        raise WarehouseError(f"the database server lacks the login(s) {', '.join(sorted(missing))}; create them first")


def _as_owner(admin: psycopg.Connection[Any], schema: str, statement: sql.Composed) -> None:
    admin.execute(sql.SQL("set local role {}").format(sql.Identifier(f"{schema}_owner")))
    admin.execute(statement)
    admin.execute("set local role none")


def _make(admin: psycopg.Connection[Any]) -> None:
    warehouse, audit = paths.SQL / "warehouse", paths.SQL / "audit"
    for path in sorted(warehouse.glob("[2-7]*.sql")):
        _run_file(admin, path)
    for statement in _register_ddl():
        _as_owner(admin, "register", sql.Composed([sql.SQL(statement)]))
    for path in (*sorted(warehouse.glob("8*.sql")), *sorted(audit.glob("[0-9]*.sql"))):
        _run_file(admin, path)


def _upgrade(connection: sqlalchemy.Connection, before: Version) -> None:
    if before.checksum is None:
        migrations.stamp(connection, str(before.revision))
    for revision in migrations.known():
        if revision > str(before.revision):
            with without_values(f"upgrading the warehouse to revision {revision} (all is as it was before)"):
                migrations.upgrade(connection, revision)


def _run_again(admin: psycopg.Connection[Any]) -> None:
    # Grants come last: they are of whatever tables and functions there are by then.
    files = [*repeatable("warehouse"), *repeatable("audit")]
    for path in sorted(files, key=lambda path: path.name.startswith("9")):
        _run_file(admin, path)


def _run_file(admin: psycopg.Connection[Any], path: Path) -> None:
    statement = load(f"{path.parent.name}/{path.stem}")
    if path.parent.name == "audit":
        _as_owner(admin, "audit", statement)
    elif owner := _OWNERS.get(int(path.name[0])):
        _as_owner(admin, owner, statement)
    else:
        admin.execute(statement)


def _register_ddl() -> Iterator[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for entity, table in ENTITIES.items():
        yield str(CreateTable(table).compile(dialect=dialect))
        for column, said in pulled_columns(table).items():
            # Erasing without an index on the referring column was measured at minutes instead of a second.
            if said.references:
                # Where few rows refer to one, an index of those few is enough.
                some = None if said.required else table.c[column].is_not(None)
                index = Index(f"{entity}_{column}", table.c[column], table.c.source, postgresql_where=some)
                yield str(CreateIndex(index).compile(dialect=dialect))
                table.indexes.discard(index)
