"""Extraction: a source's SELECTs, in one read-only snapshot, passed through into staging as text."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from rekisteri import changes, connections, pulls, sources
from rekisteri.changes import MOST_KEYS, Asked, Seen
from rekisteri.errors import SourceDown, SourceError
from rekisteri.origins import BUCKETS, Origin, Part, failures, open_origin
from rekisteri.pulls import Pull
from rekisteri.sources import Source
from rekisteri.staging import staged
from rekisteri.statements import load


def extract(pull_id: UUID | str) -> dict[str, int]:
    """Pull all entities of a source into staging, replacing what an earlier try left there.

    What is known to be as it was is not read again (see :mod:`rekisteri.changes`).

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
            asked = _asked(warehouse, origin, pull, entry)
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

    with _named(pull.source, entity):
        asked = changes.describe(origin, pull, entity, extracts.first(pull.source, entity, rows))
        read = _pass_through(conn, origin, pull, asked)
    bound = {
        "pull_id": pull.pull_id, "entity": entity, "read": read, "part": "full", "skipped": 0,
        "shape": asked.shape, "buckets": None, "watermark": None,
    }  # fmt: skip
    conn.execute(load("pull/arrived"), bound)
    return read


def _asked(warehouse: psycopg.Connection[Any], origin: Origin, pull: Pull, entry: Source) -> list[Asked]:
    """Return what to read of each entity, parents before children."""
    known = changes.seen(warehouse, pull.source)
    found = []
    for entity in sources.entities(pull.source):
        with _named(pull.source, entity):
            whole = changes.describe(origin, pull, entity, sources.select(pull.source, entity))
            before = known.get(entity)
            same_shape = before is not None and before.shape == whole.shape
            narrow = before is not None and same_shape and not pull.full_asked
            found.append(_narrowed(warehouse, origin, pull, entry, whole, before) if narrow else whole)  # type: ignore[arg-type]
    if any(one.part != "same" for one in found):
        found = [_with_waiting(warehouse, pull, one) for one in found]
    return found


def _narrowed(
    warehouse: psycopg.Connection[Any], origin: Origin, pull: Pull, entry: Source, whole: Asked, before: Seen
) -> Asked:
    marked = whole.watermarked and before.watermark is not None
    if not marked and (whole.watermarked or origin.kind not in BUCKETS):
        # Without one to begin at, a watermark tells nothing: a row's first change would be missed.
        return whole
    begin = changes.since(str(before.watermark), entry.overlap) if marked else None
    if origin.kind not in BUCKETS or before.buckets is None:
        changes.take_keys(warehouse, origin, pull, whole)
        unknown = changes.unknown_keys(warehouse, pull, whole.entity)
        return whole if len(unknown) > MOST_KEYS else replace(whole, part="part", read=Part(keys=unknown, since=begin))
    changes.take_sums(warehouse, origin, pull, whole, before.buckets)
    differ = changes.differing(warehouse, pull, whole, before.buckets)
    if len(differ) * 2 > before.buckets:
        return whole
    part = Part(before.buckets, differ, since=begin)
    return replace(whole, part="part" if differ or begin else "same", read=part, buckets=before.buckets)


def _with_waiting(warehouse: psycopg.Connection[Any], pull: Pull, asked: Asked) -> Asked:
    """Ask for what waits in quarantine as well: something changed, and it may be what they wait for."""
    if asked.part == "full" or asked.read is None:
        return asked
    waiting = changes.waiting_keys(warehouse, pull.source, asked.entity)
    if not waiting:
        return asked
    keys = [*asked.read.keys, *(key for key in waiting if key is not None)]
    if len(keys) > MOST_KEYS:
        return replace(asked, part="full", read=None)
    return replace(asked, part="part", read=replace(asked.read, keys=keys))


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
    with _named(pull.source, asked.entity), conn.transaction():
        read = _pass_through(conn, origin, pull, asked) if asked.part != "same" else 0
        asked = _summed(conn, origin, pull, asked, read)
        mark = None
        if asked.watermarked:
            mark = changes.capped(*origin.newest(asked.query), entry.zone)
        bound = {
            "pull_id": pull.pull_id, "entity": asked.entity, "read": read, "part": asked.part,
            "skipped": _counted(conn, pull, asked, read) - read, "shape": asked.shape, "buckets": asked.buckets,
            "watermark": mark,
        }  # fmt: skip
        conn.execute(load("pull/arrived"), bound)
    return read


def _pass_through(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, asked: Asked) -> int:
    raw, names = staged(pull.source, asked.entity), [Identifier(name) for name in asked.columns]
    conn.execute(SQL("drop table if exists {} cascade").format(raw))
    conn.execute(
        SQL("create unlogged table {} (_row bigint generated always as identity, {})").format(
            raw, SQL(", ").join(SQL("{} text").format(name) for name in names)
        )
    )
    query = origin.part(asked.query, asked.read) if asked.read else asked.query
    take = SQL("copy {} ({}) from stdin").format(raw, SQL(", ").join(names))
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
    of = changes.wanted_buckets(read)
    changes.take_sums(conn, origin, pull, asked, of)
    return replace(asked, buckets=of)


def _counted(conn: psycopg.Connection[Any], pull: Pull, asked: Asked, read: int) -> int:
    """Return the rows that the source has, after holding its own count against what arrived.

    Raises:
        SourceError: the two differ; a snapshot that changes proves nothing about what has vanished.
    """
    sums, differs = (staged(pull.source, asked.entity, name) for name in ("sums", "differs"))
    if asked.buckets is None:
        if asked.part == "full":
            return read
        keys = conn.execute(SQL("select count(*) from {}").format(staged(pull.source, asked.entity, "keys"))).fetchone()
        return int(keys[0]) if keys else read
    whole = asked.part == "full"
    total, differing = conn.execute(
        load("changes/total", sums=sums, differs=sums if whole else differs)
    ).fetchone() or (0, 0)
    found = {"full": read, "same": differing}.get(asked.part)
    if found is None:
        found = _in_differing(conn, pull, asked)
    if found != differing:
        raise SourceError(
            f"the source counted {differing} rows and sent {found}: what it shows changes while it is read; see that "
            "its tables take part in transactions"
        )
    return int(total)


def _in_differing(conn: psycopg.Connection[Any], pull: Pull, asked: Asked) -> int:
    held = changes.in_differing(pull, asked.entity, SQL("arrived.source_key"), asked.buckets or 1)
    counted = conn.execute(
        SQL("select count(*) from {} as arrived where {}").format(staged(pull.source, asked.entity), held)
    ).fetchone()
    return int(counted[0]) if counted else 0


@contextmanager
def _named(source: str, entity: str) -> Iterator[None]:
    """Say in an error of the source which SELECT it is about."""
    try:
        yield
    except SourceError as error:
        where = f"include/sql/extract/{source}/{entity}.sql"
        raise (SourceDown if isinstance(error, SourceDown) else SourceError)(f"{where}: {error}") from None
