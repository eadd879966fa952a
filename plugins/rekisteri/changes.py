"""What has changed at a source since its last merged pull, so that a pull reads that and no more.

A source that can sum gives, per bucket of keys, its rows and a sum over them. Buckets whose sums are as they were hold
what was merged: they are not read. The others are read whole, so that what is missing there has vanished, known from a
complete and counted list. Where a SELECT names its watermark, only keys are summed, and what changed since is read
besides. A source that cannot sum sends all its keys instead. Everything is read again when the judgement itself may
have changed (another SELECT, policy or library), or when a person asks for it.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable

from rekisteri import bucket_sums
from rekisteri.asked import Asked
from rekisteri.pulls import Pull
from rekisteri.staging import registered, staged, usable_key
from rekisteri.statements import load

MOST_KEYS = 20_000
"""Rows that are asked for by key; where more are to be, everything is read."""


@dataclass(frozen=True)
class Seen:
    """What the last merged pull saw of an entity."""

    shape: str
    rows: int
    buckets: int | None
    watermark: str | None


def seen(conn: psycopg.Connection[Any], source: str) -> dict[str, Seen]:
    """Return what the last merged pull of a source saw, by entity."""
    return {row[0]: Seen(*row[1:]) for row in conn.execute(load("changes/seen"), {"source": source})}


def differing(conn: psycopg.Connection[Any], pull: Pull, asked: Asked, of: int) -> list[int]:
    """Return the buckets, of so many, whose sums are not what they were, and keep their list in staging."""
    differs = staged(pull.source, asked.entity, "differs")
    conn.execute(SQL("drop table if exists {} cascade").format(differs))
    conn.execute(SQL("create table {} (bucket int primary key)").format(differs))
    bound = {"source": pull.source, "entity": asked.entity, "watermarked": asked.watermarked}
    sums = staged(pull.source, asked.entity, "sums")
    waits_in = bucket_sums.bucket(pull.source, SQL("waiting.source_key"), of)
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
    bucket_sums.require_counted(differing, found)
    return int(total)


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
        bucket_sums.bucket(pull.source, key, of), staged(pull.source, entity, "differs")
    )
