"""Staging: the tables that a pull passes through in the warehouse, and their columns."""

from typing import Any, Literal, NamedTuple

import psycopg
from psycopg import sql
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import sources
from rekisteri.errors import WarehouseError
from rekisteri.pulls import Pull
from rekisteri.statements import load

_LOST = (
    "staging of {source}.{entity} does not hold the rows that were counted on arrival; "
    "clear the task that pulls the source and let it run again"
)


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


class Arrival(NamedTuple):
    """What was counted when an entity of a pull arrived."""

    read: int
    part: Literal["full", "part", "same"]
    """full: all was read; part: what may have changed; same: nothing has changed and nothing was read."""
    skipped: int
    """Rows that the source has and that were not read, since they are as they were."""
    buckets: int | None


def compare(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> int:
    """Compare what arrived with what is held; return how many rows are fresh.

    Raises:
        WarehouseError: staging does not hold what was counted on arrival.
    """
    if require_arrived(conn, pull, entity).part == "same":
        return 0
    raw, compared, doubled = (staged(pull.source, entity, stage) for stage in ("", "compared", "doubled"))
    pulled = columns(conn, pull.source, entity)
    names = [Identifier(name) for name in pulled]
    renew(conn, doubled, SQL("hash bigint primary key"))
    conn.execute(load("pull/doubled", doubled=doubled, raw=raw))
    conn.execute(SQL("drop table if exists {} cascade").format(compared))
    conn.execute(
        load(
            "pull/compare",
            raw=raw,
            compared=compared,
            doubled=doubled,
            register=registered(entity),
            columns=SQL(", ").join(names),
            # Composed in: what makes a table takes no parameters.
            source=sql.Literal(pull.source),
            entity=sql.Literal(entity),
            # The aliases count too: two columns that swap their names leave each row's text as it was.
            rules=SQL("{}::text").format(sql.Literal(f"{pull.rules_version} {','.join(pulled)}")),
        )
    )
    conn.execute(SQL("analyze {} (_row, source_key, fate)").format(compared))
    row = conn.execute(load("pull/fresh", compared=compared), {"pull_id": pull.pull_id, "entity": entity}).fetchone()
    return int(row[0]) if row else 0


def arrived(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> Arrival:
    """Return what was counted on an entity's arrival.

    Raises:
        WarehouseError: nothing was: the source was not pulled.
    """
    counted = conn.execute(load("pull/counted"), {"pull_id": pull.pull_id, "entity": entity}).fetchone()
    if counted is None:
        raise WarehouseError(_LOST.format(source=pull.source, entity=entity))
    return Arrival(*counted)


def touched(conn: psycopg.Connection[Any], pull: Pull) -> list[str]:
    """Return the entities of which the pull read anything, parents before children; the others are as they were."""
    return [e for e in sources.entities(pull.source) if arrived(conn, pull, e).part != "same"]


def require_arrived(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> Arrival:
    """Return what was counted on arrival, when staging still holds it all.

    Raises:
        WarehouseError: it does not; an UNLOGGED table is empty after the database server crashed.
    """
    raw, counted = staged(pull.source, entity), arrived(conn, pull, entity)
    there = conn.execute(SQL("select to_regclass({})").format(sql.Literal(raw.as_string(conn)))).fetchone()
    held = conn.execute(SQL("select count(*) from {}").format(raw)).fetchone() if there and there[0] else None
    if held is None or counted.read != held[0]:
        raise WarehouseError(_LOST.format(source=pull.source, entity=entity))
    return counted
