"""What has changed at a source since its last merged pull, so that a pull reads that and no more.

A source that can sum gives, per bucket of keys, its rows and a sum over them. Buckets whose sums are as they were hold
what was merged: they are not read. The others are read whole, so that what is missing there has vanished, known from a
complete and counted list. Where a SELECT names its watermark, only keys are summed, and what changed since is read
besides. A source that cannot sum sends all its keys instead. Everything is read again when the judgement itself may
have changed (another SELECT, policy or library), or when a person asks for it.
"""

from dataclasses import dataclass
from typing import Any, LiteralString
from typing import Literal as OneOf

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import sources
from rekisteri.errors import SourceError
from rekisteri.origins import BUCKETS, HASHES, STEM, Origin, Part, kind_of
from rekisteri.pulls import Pull
from rekisteri.staging import registered, staged, usable_key
from rekisteri.statements import load

FEWEST, MOST = 64, 524_288
"""Buckets of an entity: about one for 4 rows, of which numbers that follow each other fill two in five."""
MOST_KEYS = 20_000
"""Rows that are asked for by key; where more are to be, everything is read."""


@dataclass(frozen=True)
class Seen:
    """What the last merged pull saw of an entity."""

    shape: str
    rows: int
    buckets: int | None
    watermark: str | None


@dataclass(frozen=True)
class Asked:
    """One entity of a pull: its SELECT, and how much of it is read."""

    entity: str
    query: str
    columns: list[str]
    watermarked: bool
    shape: str
    """Checksum of what decides how its rows are read, judged and summed."""
    part: OneOf["full", "part", "same"] = "full"
    read: Part | None = None
    buckets: int | None = None
    watermark: str | None = None
    """The newest, to be remembered."""

    @property
    def summed(self) -> list[str]:
        """Columns that the sums are over."""
        return ["source_key"] if self.watermarked else self.columns


def seen(conn: psycopg.Connection[Any], source: str) -> dict[str, Seen]:
    """Return what the last merged pull of a source saw, by entity."""
    return {row[0]: Seen(*row[1:]) for row in conn.execute(load("changes/seen"), {"source": source})}


def wanted_buckets(rows: int) -> int:
    """Return how many buckets an entity of so many rows is given: a power of two."""
    return min(max(FEWEST, 1 << (rows // 4).bit_length()), MOST)


def take_sums(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, asked: Asked, of: int) -> None:
    """Put tonight's sums into staging, in a logged table: a crash must not empty it."""
    blocks = origin.sums(asked.query, asked.summed, of)
    _take(conn, staged(pull.source, asked.entity, "sums"), "bucket int, rows bigint, sum text", blocks)


def reckon_sums(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, asked: Asked, of: int, read: int) -> None:
    """Put into staging the sums that the source would give of what has just been read whole.

    Should the two ever reckon a value unlike, its bucket is read again the next night, and then summed by the source.

    Raises:
        SourceError: the source counts other rows than it sent.
    """
    require_counted(origin.totals(asked.query, [])[0], read)
    cells = [
        SQL("coalesce('v' || replace(arrived.{c}, E'\\x1F', E'\\x1F\\x1F'), 'n')").format(c=Identifier(name))
        for name in asked.summed
    ]
    table = staged(pull.source, asked.entity, "sums")
    conn.execute(SQL("drop table if exists {} cascade").format(table))
    conn.execute(
        load(
            "changes/reckon_sums",
            sums=table,
            bucket=bucket(pull.source, SQL("arrived.source_key"), of),
            hashed=SQL(HASHES[origin.kind]).format(cells=SQL("concat_ws(E'\\x1F', {})").format(SQL(", ").join(cells))),
            raw=staged(pull.source, asked.entity),
        )
    )


def take_keys(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, asked: Asked) -> None:
    """Put the complete list of an entity's keys into staging, in a logged table."""
    blocks = origin.copy(asked.query, ["source_key"])
    _take(conn, staged(pull.source, asked.entity, "keys"), "source_key text", blocks, origin.form)


def _take(
    conn: psycopg.Connection[Any],
    table: Composable,
    shape: LiteralString,
    blocks: Any,
    form: LiteralString = "format text",
) -> None:
    conn.execute(SQL("drop table if exists {} cascade").format(table))
    conn.execute(SQL("create table {} ({})").format(table, SQL(shape)))
    with conn.cursor().copy(SQL("copy {} from stdin (" + form + ")").format(table)) as arriving:
        for block in blocks:
            arriving.write(block)


def differing(conn: psycopg.Connection[Any], pull: Pull, asked: Asked, of: int) -> list[int]:
    """Return the buckets, of so many, whose sums are not what they were, and keep their list in staging."""
    differs = staged(pull.source, asked.entity, "differs")
    conn.execute(SQL("drop table if exists {} cascade").format(differs))
    conn.execute(SQL("create table {} (bucket int primary key)").format(differs))
    bound = {"source": pull.source, "entity": asked.entity, "watermarked": asked.watermarked}
    sums, waits_in = staged(pull.source, asked.entity, "sums"), bucket(pull.source, SQL("waiting.source_key"), of)
    conn.execute(load("changes/differs", differs=differs, sums=sums, bucket=waits_in), bound)
    return [row[0] for row in conn.execute(SQL("select bucket from {} order by bucket").format(differs))]


def count(conn: psycopg.Connection[Any], pull: Pull, asked: Asked, read: int) -> int:
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
    require_counted(differing, found)
    return int(total)


def require_counted(counted: int, sent: int) -> None:
    """Refuse a source that counts other rows than it sends, in what should be one snapshot.

    Raises:
        SourceError: it does; a snapshot that changes proves nothing about what has vanished.
    """
    if counted != sent:
        raise SourceError(
            f"the source counted {counted} rows and sent {sent}: what it shows changes while it is read; see that "
            "its tables take part in transactions"
        )


def _in_differing(conn: psycopg.Connection[Any], pull: Pull, asked: Asked) -> int:
    held = in_differing(pull, asked.entity, SQL("arrived.source_key"), asked.buckets or 1)
    counted = conn.execute(
        SQL("select count(*) from {} as arrived where {}").format(staged(pull.source, asked.entity), held)
    ).fetchone()
    return int(counted[0]) if counted else 0


def waiting_keys(conn: psycopg.Connection[Any], source: str, entity: str) -> list[str | None]:
    """Return the keys that wait in quarantine: what held them back may be gone, though they are as they were."""
    return [row[0] for row in conn.execute(load("changes/waiting_keys"), {"source": source, "entity": entity})]


def unknown_keys(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> list[str | None]:
    """Return keys of the complete list that nothing here knows: rows that the watermark did not bring.

    One that is too long to be a key is None.
    """
    keys = staged(pull.source, entity, "keys")
    bound = {"source": pull.source, "entity": entity, "most": MOST_KEYS + 1}
    places = {"keys": keys, "register": registered(entity), "usable_key": usable_key(SQL("listed.source_key"))}
    found = conn.execute(load("changes/unknown_keys", **places), bound)
    return [row[0] for row in found]


def remember(conn: psycopg.Connection[Any], pull: Pull, entity: str, part: str, buckets: int | None) -> None:
    """Note, in the merge's transaction, what this pull saw; work in proportion to what differs.

    Args:
        conn: the warehouse, in the transaction that merges.
        pull: the pull that is merged.
        entity: of the pull.
        part: ``full``, ``part`` or ``same``.
        buckets: how many there are, where the source gives sums.
    """
    bound = {"source": pull.source, "entity": entity, "pull_id": pull.pull_id}
    conn.execute(load("changes/note_seen"), bound)
    if part == "same":
        return
    differs = staged(pull.source, entity, "differs")
    of_those = SQL("bucket in (select bucket from {})").format(differs)
    stale: Composable = of_those if part == "part" and buckets else SQL("true")
    conn.execute(load("changes/forget_buckets", stale=stale), bound)
    if buckets:
        conn.execute(load("changes/note_buckets", sums=staged(pull.source, entity, "sums"), stale=stale), bound)


def in_differing(pull: Pull, entity: str, key: Composable, of: int) -> Composable:
    """Return the condition that a key, held or arrived, falls into a bucket that differs."""
    return SQL("{} in (select bucket from {})").format(
        bucket(pull.source, key, of), staged(pull.source, entity, "differs")
    )


def bucket(source: str, key: Composable, of: int) -> Composable:
    """Return the expression, in the warehouse, of the bucket that a key of a source falls into."""
    return SQL(BUCKETS[kind_of(sources.named(source))]).format(stem=SQL(STEM).format(key=key), of=Literal(of))
