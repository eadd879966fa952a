"""Extraction: a source's SELECTs, in one read-only snapshot, passed through into staging as text."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from rekisteri import bucket_sums, changes, connections, pulls, scope, sources, totals, watermarks
from rekisteri.asked import Asked
from rekisteri.origins import BUCKETS, HASHES, Origin, failures, open_origin
from rekisteri.pulls import Pull
from rekisteri.sources import Source
from rekisteri.staging import staged
from rekisteri.statements import load


def extract(pull_id: UUID | str) -> dict[str, int]:
    """Pull all entities of a source into staging, replacing what an earlier try left there.

    What is known to be as it was is not read again (see :mod:`rekisteri.scope`).

    Args:
        pull_id: the open pull.

    Returns:
        Rows read by entity, as counted on arrival.

    Raises:
        SourceDown: the source does not answer, or went away meanwhile.
        SourceError: the source refuses a SELECT, takes longer than its timeout, sends what no text can hold, or
            sends other rows than it counted.
    """
    with pulls.opened(pull_id) as (warehouse, pull):
        if not pull.is_past("admitted"):
            pull.require("admitted")
        entry = sources.named(pull.source)
        with open_origin(entry) as origin:
            # From here on staging is this pull's: another one that is still open could no longer trust it.
            with warehouse.transaction():
                pulls.supersede(warehouse, pull)
            asked = scope.settle(warehouse, origin, pull, entry)
            read = _read_all(warehouse, origin, pull, entry, asked)
        pulls.reach(warehouse, pull, "extracted")
    return read


def sample(conn: psycopg.Connection[Any], pull: Pull, rows: int) -> dict[str, int]:
    """Read the first rows of each entity into staging, in the caller's transaction.

    Args:
        conn: the warehouse, in a transaction.
        pull: the pull that they stand for.
        rows: how many at most of each entity.

    Returns:
        Rows read by entity, parents before children.

    Raises:
        SourceDown: the source does not answer, or went away meanwhile.
        SourceError: the source refuses a SELECT, or sends what no text can hold.
    """
    with open_origin(sources.named(pull.source)) as origin:
        return {entity: _sample(conn, origin, pull, entity, rows) for entity in sources.entities(pull.source)}


def _sample(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, entity: str, rows: int) -> int:
    # Brings in the SQL parser, which no task of a night needs.
    from rekisteri import extracts

    with scope.named(pull.source, entity):
        asked = scope.describe(origin, pull, entity, extracts.first(pull.source, entity, rows))
        read = _pass_through(conn, origin, pull, asked)
    bound = {
        "pull_id": pull.pull_id, "entity": entity, "read": read, "part": "full", "skipped": 0,
        "shape": asked.shape, "buckets": None, "watermark": None,
    }  # fmt: skip
    conn.execute(load("pull/arrived"), bound)
    return read


def _read_all(
    warehouse: psycopg.Connection[Any], origin: Origin, pull: Pull, entry: Source, asked: list[Asked]
) -> dict[str, int]:
    to_read = [one for one in asked if one.part != "same"]
    snapshot = origin.share() if entry.parallel > 1 and len(to_read) > 1 else None

    def read_here(one: Asked) -> int:
        return _read(warehouse, origin, pull, entry, one)

    def read_aside(one: Asked) -> int:
        from rekisteri.origins.postgres import Postgres

        with connections.connect("warehouse", autocommit=True) as conn, pulls.without_values(f"pull of {pull.source}"):
            # A snapshot of its own connection, which is the same snapshot.
            joined = Postgres(entry, snapshot)
            try:
                return _read(conn, joined, pull, entry, one)
            finally:
                joined.close()

    if snapshot is None:
        counts = {one.entity: read_here(one) for one in asked}
    else:
        with ThreadPoolExecutor(entry.parallel) as readers:
            counts = dict(zip((one.entity for one in to_read), readers.map(read_aside, to_read), strict=True))
        counts |= {one.entity: read_here(one) for one in asked if one.part == "same"}
    return {one.entity: counts[one.entity] for one in asked}


def _read(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, entry: Source, asked: Asked) -> int:
    with scope.named(pull.source, asked.entity), conn.transaction():
        read = _pass_through(conn, origin, pull, asked) if asked.part != "same" else 0
        totals.take(conn, origin, pull, asked)
        asked = _summed(conn, origin, pull, asked, read)
        mark = None
        if asked.watermarked:
            mark = watermarks.capped(*origin.newest(asked.query), entry.zone)
        bound = {
            "pull_id": pull.pull_id, "entity": asked.entity, "read": read, "part": asked.part,
            "skipped": changes.count(conn, pull, asked, read) - read, "shape": asked.shape, "buckets": asked.buckets,
            "watermark": mark,
        }  # fmt: skip
        conn.execute(load("pull/arrived"), bound)
    return read


def _pass_through(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, asked: Asked) -> int:
    raw, names = staged(pull.source, asked.entity), [Identifier(name) for name in asked.columns]
    conn.execute(SQL("drop table if exists {} cascade").format(raw))
    conn.execute(
        SQL("create unlogged table {} (_row bigint generated always as identity (cache 1000), {})").format(
            raw, SQL(", ").join(SQL("{} text").format(name) for name in names)
        )
    )
    query = origin.part(asked.query, asked.read) if asked.read else asked.query
    # freeze: whoever reads the new table next need not mark each row as committed, which would write it once more.
    take = SQL("copy {} ({}) from stdin (freeze, " + origin.form + ")").format(raw, SQL(", ").join(names))
    with conn.cursor() as into:
        try:
            with into.copy(take) as arriving:
                for block in origin.copy(query, asked.columns):
                    arriving.write(block)
        except psycopg.DataError as error:
            # The side that takes it finds it: what is no text is the source's fault.
            raise failures.no_text(f"SQLSTATE {error.sqlstate}") from None
        return into.rowcount


def _summed(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, asked: Asked, read: int) -> Asked:
    """Have the sums of an entity that was read whole, in as many buckets as its rows want."""
    if asked.part != "full" or origin.kind not in BUCKETS:
        return asked
    of = bucket_sums.wanted_buckets(read)
    if origin.kind in HASHES:
        # Where the source is slow to hash: a million rows in a fifth of its time.
        bucket_sums.reckon_sums(conn, origin, pull, asked, of, read)
    else:
        bucket_sums.take_sums(conn, origin, pull, asked, of)
    return replace(asked, buckets=of)
