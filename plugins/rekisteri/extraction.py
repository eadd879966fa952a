"""Extraction: a source's SELECTs, in one read-only snapshot, passed through into staging as text."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from rekisteri import connections, pulls, sources
from rekisteri.errors import SourceDown, SourceError
from rekisteri.pulls import Pull
from rekisteri.sources import Source
from rekisteri.staging import staged
from rekisteri.statements import load

_GONE = ("08", "57P", "53")
"""SQLSTATE classes of a source that went away or is overloaded: worth a retry."""
_NO_TEXT = ("22021", "22P05")
"""SQLSTATEs of what text cannot hold; the side that takes it finds it."""


def extract(pull_id: UUID | str) -> dict[str, int]:
    """Pull all entities of a source into staging, replacing what an earlier try left there.

    Args:
        pull_id: the open pull.

    Returns:
        Rows read by entity, as counted on arrival.

    Raises:
        SourceDown: the source does not answer, or went away meanwhile.
        SourceError: the source refuses a SELECT, takes longer than its timeout, or sends what no text can hold.
    """
    with pulls.opened(pull_id) as (warehouse, pull):
        if not pull.is_past("admitted"):
            pull.require("admitted")
        entry = sources.named(pull.source)
        with connections.connect(entry.connection, autocommit=True) as origin, warehouse.transaction():
            _open_snapshot(origin, entry)
            read = {entity: _pass_through(origin, warehouse, pull, entity) for entity in sources.entities(pull.source)}
            pulls.reach(warehouse, pull, "extracted")
            pulls.supersede(warehouse, pull)
    return read


def sample(warehouse: psycopg.Connection[Any], pull: Pull, rows: int) -> dict[str, int]:
    """Read the first rows of each entity into staging, in the caller's transaction.

    Args:
        warehouse: in a transaction.
        pull: the pull that they stand for.
        rows: how many at most of each entity.

    Returns:
        Rows read by entity, parents first.

    Raises:
        SourceDown: the source does not answer.
        SourceError: the source refuses a SELECT.
    """
    entry = sources.named(pull.source)
    with connections.connect(entry.connection, autocommit=True) as origin:
        _open_snapshot(origin, entry)
        return {e: _pass_through(origin, warehouse, pull, e, rows) for e in sources.entities(pull.source)}


def _open_snapshot(origin: psycopg.Connection[Any], entry: Source) -> None:
    # client_encoding decides what COPY sends; set_config could not set it after the transaction took its snapshot.
    origin.execute("set client_encoding to 'UTF8'")
    origin.execute("begin transaction isolation level repeatable read read only")
    origin.execute(load("pull/source_session"), {"timeout": f"{entry.timeout}s"})


def _pass_through(
    origin: psycopg.Connection[Any],
    warehouse: psycopg.Connection[Any],
    pull: Pull,
    entity: str,
    rows: int | None = None,
) -> int:
    query: sql.Composable = sql.SQL(sources.select(pull.source, entity))
    if rows is not None:
        query = sql.SQL("select * from (\n{}\n) as extract limit {}").format(query, rows)
    names = _names(origin, query, pull.source, entity)
    raw = staged(pull.source, entity)
    warehouse.execute(sql.SQL("drop table if exists {} cascade").format(raw))
    warehouse.execute(
        sql.SQL("create unlogged table {} (_row bigint generated always as identity, {})").format(
            raw, sql.SQL(", ").join(sql.SQL("{} text").format(name) for name in names)
        )
    )
    give = sql.SQL("copy (\n{}\n) to stdout").format(query)
    take = sql.SQL("copy {} ({}) from stdin").format(raw, sql.SQL(", ").join(names))
    try:
        with origin.cursor().copy(give) as out, warehouse.cursor() as into:
            with into.copy(take) as arriving:
                for block in out:
                    arriving.write(block)
            read = into.rowcount
    except psycopg.Error as error:
        # Either side of the pass-through may have failed; what is not the source's is told as the warehouse's.
        if _failed(origin) or error.sqlstate in _NO_TEXT:
            raise _named(error, pull.source, entity) from None
        raise
    warehouse.execute(load("pull/arrived"), {"pull_id": pull.pull_id, "entity": entity, "read": read})
    return read


def _names(origin: psycopg.Connection[Any], query: sql.Composable, source: str, entity: str) -> list[sql.Identifier]:
    try:
        described = origin.execute(sql.SQL("select * from (\n{}\n) as extract limit 0").format(query)).description
    except psycopg.Error as error:
        raise _named(error, source, entity) from None
    return [sql.Identifier(column.name) for column in described or ()]


def _failed(conn: psycopg.Connection[Any]) -> bool:
    return conn.broken or conn.info.transaction_status in (TransactionStatus.INERROR, TransactionStatus.UNKNOWN)


def _named(error: psycopg.Error, source: str, entity: str) -> SourceError:
    # The driver's text may quote a row: only the state, and for a fault in the SELECT itself its own words, are kept.
    where, state = f"include/sql/extract/{source}/{entity}.sql", error.sqlstate or ""
    if state == "57014":
        return SourceError(f"{where}: took longer than the timeout in sources.yaml; make it faster or allow more")
    if not state or state.startswith(_GONE):
        return SourceDown(f"source {source} went away while {entity} was read; it is tried again")
    if state in _NO_TEXT:
        return SourceError(
            f"{where}: the source sends what text cannot hold, such as NUL or bytes that are not UTF-8 (SQLSTATE "
            f"{state}); convert that column in the SELECT"
        )
    # Classes 42 and 28 speak of the statement and the login, never of a row.
    said = f": {error.diag.message_primary}" if state.startswith(("42", "28")) else ""
    return SourceError(f"{where}: the source refuses it, SQLSTATE {state} ({type(error).__name__}){said}")
