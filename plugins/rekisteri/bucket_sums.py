"""The sums that tell which buckets of keys hold what they held, and the complete list of keys where there are none.

A source that can sum gives them itself, or they are reckoned here from what was read whole, where that is quicker.
"""

from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import sources
from rekisteri.asked import Asked
from rekisteri.errors import SourceError
from rekisteri.origins import BUCKETS, HASHES, STEM, Origin, kind_of
from rekisteri.pulls import Pull
from rekisteri.staging import staged
from rekisteri.statements import load

FEWEST, MOST = 64, 524_288
"""Buckets of an entity: about one for 4 rows, of which numbers that follow each other fill two in five."""


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


def bucket(source: str, key: Composable, of: int) -> Composable:
    """Return the expression, in the warehouse, of the bucket that a key of a source falls into."""
    return SQL(BUCKETS[kind_of(sources.named(source))]).format(stem=SQL(STEM).format(key=key), of=Literal(of))
