"""Staging: the tables that a pull passes through in the warehouse, and their columns."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri.errors import WarehouseError
from rekisteri.pulls import Pull
from rekisteri.statements import load

_COMPARED = "_row bigint, source_key text, copy int, copies int, content_hash bytea, fate text"


def staged(source: str, entity: str, stage: str = "") -> Identifier:
    """Return the name of a staging table: the raw one, or that of a later stage of the pull."""
    return Identifier("staging", f"{source}__{entity}" + (f"__{stage}" if stage else ""))


def registered(entity: str) -> Identifier:
    """Return the name of an entity's register table."""
    return Identifier("register", entity)


def columns(conn: psycopg.Connection[Any], source: str, entity: str) -> list[str]:
    """Return the register columns that the pull brought of an entity, in the SELECT's order."""
    return [row[0] for row in conn.execute(load("pull/columns"), {"table": f"{source}__{entity}"})]


def renew(conn: psycopg.Connection[Any], table: Identifier, shape: Composable) -> None:
    """Make an empty staging table in place of the one that an earlier try left."""
    conn.execute(SQL("drop table if exists {} cascade").format(table))
    conn.execute(SQL("create unlogged table {} ({})").format(table, shape))


def compare(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> int:
    """Compare what arrived with what is held; return how many rows are fresh.

    Raises:
        WarehouseError: staging does not hold what was counted on arrival.
    """
    require_arrived(conn, pull, entity)
    raw, compared = staged(pull.source, entity), staged(pull.source, entity, "compared")
    renew(conn, compared, SQL(_COMPARED))
    pulled = columns(conn, pull.source, entity)
    names = [Identifier(name) for name in pulled]
    # The aliases count too: two columns that swap their names leave each row's text as it was.
    rules = f"{pull.rules_version} {','.join(pulled)} "
    conn.execute(
        load("pull/compare", raw=raw, compared=compared, register=registered(entity), columns=SQL(", ").join(names)),
        {"source": pull.source, "entity": entity, "rules": rules},
    )
    conn.execute(SQL("analyze {}").format(compared))
    row = conn.execute(load("pull/fresh", compared=compared), {"pull_id": pull.pull_id, "entity": entity}).fetchone()
    return int(row[0]) if row else 0


def require_arrived(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> int:
    """Return the rows counted on arrival, when staging still holds them all.

    Raises:
        WarehouseError: it does not; an UNLOGGED table is empty after the database server crashed.
    """
    raw = staged(pull.source, entity)
    counted = conn.execute(load("pull/counted"), {"pull_id": pull.pull_id, "entity": entity}).fetchone()
    there = conn.execute(SQL("select to_regclass({})").format(Literal(raw.as_string(conn)))).fetchone()
    held = conn.execute(SQL("select count(*) from {}").format(raw)).fetchone() if there and there[0] else None
    if counted is None or held is None or counted[0] != held[0]:
        raise WarehouseError(
            f"staging of {pull.source}.{entity} does not hold the rows that were counted on arrival; "
            "clear the task that pulls the source and let it run again"
        )
    return int(counted[0])
