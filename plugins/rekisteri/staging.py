"""Staging: the tables that a pull passes through in the warehouse, and their columns."""

from typing import Any, Literal, NamedTuple

import psycopg
from psycopg import sql
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import sources
from rekisteri.errors import WarehouseError
from rekisteri.model import MOST_KEY_BYTES
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


def usable_key(key: Composable) -> Composable:
    """Return the expression of a key by which its record can be known: none where no index could hold it."""
    return SQL("case when octet_length({key}) <= {most} then {key} end").format(
        key=key, most=sql.Literal(MOST_KEY_BYTES)
    )


def columns(conn: psycopg.Connection[Any], source: str, entity: str) -> list[str]:
    """Return the register columns that the pull brought of an entity, in the SELECT's order."""
    return [row[0] for row in conn.execute(load("pull/columns"), {"table": f"{source}__{entity}"})]


def is_there(conn: psycopg.Connection[Any], table: Identifier) -> bool:
    """Return whether there is a table of this name."""
    row = conn.execute(SQL("select to_regclass({})").format(sql.Literal(table.as_string(conn)))).fetchone()
    return bool(row and row[0])


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


def arrivals(conn: psycopg.Connection[Any], pull: Pull) -> dict[str, Arrival]:
    """Return what was counted on the arrival of each entity of the source, parents before children.

    Raises:
        WarehouseError: an entity was not pulled.
    """
    counted = {row[0]: Arrival(*row[1:]) for row in conn.execute(load("pull/counted"), {"pull_id": pull.pull_id})}
    wanted = sources.entities(pull.source)
    for entity in wanted:
        if entity not in counted:
            raise WarehouseError(_LOST.format(source=pull.source, entity=entity))
    return {entity: counted[entity] for entity in wanted}


def touched(conn: psycopg.Connection[Any], pull: Pull) -> list[str]:
    """Return the entities of which the pull read anything, parents before children; the others are as they were.

    Raises:
        WarehouseError: staging does not hold what was counted on arrival.
    """
    found = {entity: arrival for entity, arrival in arrivals(conn, pull).items() if arrival.part != "same"}
    for entity, arrival in found.items():
        require_held(conn, pull, entity, arrival)
    return list(found)


def require_held(conn: psycopg.Connection[Any], pull: Pull, entity: str, arrival: Arrival) -> None:
    """Refuse to go on unless staging still holds what arrived.

    Raises:
        WarehouseError: it does not; an UNLOGGED table is empty after the database server crashed.
    """
    raw = staged(pull.source, entity)
    if is_there(conn, raw):
        # After a crash an unlogged table is there and empty; the rows themselves are counted by what reads them.
        held = conn.execute(SQL("select exists (select from {})").format(raw)).fetchone()
        if held and held[0] == (arrival.read > 0):
            return
    raise WarehouseError(_LOST.format(source=pull.source, entity=entity))


def require_counted(pull: Pull, entity: str, arrival: Arrival, rows: int) -> None:
    """Refuse to go on unless as many rows were read from staging as were counted on arrival.

    Raises:
        WarehouseError: they were not.
    """
    if rows != arrival.read:
        raise WarehouseError(_LOST.format(source=pull.source, entity=entity))
