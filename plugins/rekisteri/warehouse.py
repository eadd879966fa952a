"""The warehouse: six schemas, each with its owner and grants, made and brought up to date by one call."""

import hashlib
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Index
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from rekisteri import paths
from rekisteri.errors import WarehouseError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.statements import load

_OWNERS = {2: "staging", 3: "quarantine", 4: "register", 5: "register", 6: "vault", 7: "analytics", 8: "register"}
"""The tens digit of a DDL file's number says whose schema it is in; an 8 builds on the model's tables."""


def prepare(admin: psycopg.Connection[Any]) -> None:
    """Make what is missing in the warehouse, in one transaction; what is there stays.

    Args:
        admin: connection to the warehouse database as a role that may create roles and schemas. The logins
            (rekisteri_pipeline, rekisteri_dpo, ...) must exist.

    Raises:
        WarehouseError: a login is missing.
    """
    with admin.transaction():
        _require_logins(admin)
        for name in ("10_owner_roles", "11_schemas"):
            admin.execute(load(f"warehouse/{name}"))
        _run_numbered(admin, "[2-7]*.sql")
        _make_register(admin)
        _run_numbered(admin, "8*.sql")
        for path in sorted((paths.SQL / "audit").glob("[0-9]*.sql")):
            _as_owner(admin, "audit", load(f"audit/{path.stem}"))
        admin.execute(load("warehouse/90_grants"))


def fingerprint() -> str:
    """Return a checksum of everything that shapes the warehouse, to tell whether ``prepare`` is due."""
    digest = hashlib.sha256()
    for folder in ("warehouse", "audit"):
        for path in sorted((paths.SQL / folder).glob("*.sql")):
            digest.update(path.read_bytes())
    for statement in _register_ddl():
        digest.update(statement.encode())
    return digest.hexdigest()


def _require_logins(admin: psycopg.Connection[Any]) -> None:
    wanted = {f"rekisteri_{who}" for who in ("pipeline", "dpo", "analyst", "service_desk", "auditor")}
    have = {row[0] for row in admin.execute(load("warehouse/logins"), {"names": sorted(wanted)})}
    if missing := wanted - have:
        raise WarehouseError(f"the database server lacks the login(s) {', '.join(sorted(missing))}; create them first")


def _run_numbered(admin: psycopg.Connection[Any], which: str) -> None:
    for path in sorted((paths.SQL / "warehouse").glob(which)):
        _as_owner(admin, _OWNERS[int(path.name[0])], load(f"warehouse/{path.stem}"))


def _as_owner(admin: psycopg.Connection[Any], schema: str, statement: sql.Composed) -> None:
    admin.execute(sql.SQL("set local role {}").format(sql.Identifier(f"{schema}_owner")))
    admin.execute(statement)
    admin.execute("set local role none")


def _register_ddl() -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    ddl = []
    for entity, table in ENTITIES.items():
        ddl.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)))
        for column, said in pulled_columns(table).items():
            # Erasing without an index on the referring column was measured at minutes instead of a second.
            if said.references:
                index = Index(f"{entity}_{column}", table.c.source, table.c[column])
                ddl.append(str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect)))
                table.indexes.discard(index)
    return ddl


def _make_register(admin: psycopg.Connection[Any]) -> None:
    for statement in _register_ddl():
        _as_owner(admin, "register", sql.Composed([sql.SQL(statement)]))
