"""A PostgreSQL source: COPY passed through, sums computed where the rows are, a snapshot that others may join."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from rekisteri import connections
from rekisteri.origins import failures
from rekisteri.origins.origin import BUCKETS, LONG_KEY, STEM, WATERMARK, Part
from rekisteri.origins.postgres_copy import blocks
from rekisteri.sources import Source
from rekisteri.statements import load

_GONE = ("08", "57P", "53")
"""SQLSTATE classes of a source that went away or is overloaded: worth a retry."""

_PLAIN = frozenset({16, 20, 21, 23, 26, 1082, 1114, 1184, 2950})
"""Types whose values are equal only where their texts are: boolean, integers, oid, date, timestamps, uuid."""

_CAST_AS_SENT = frozenset({20, 21, 23, 25, 1043, 1700, 2950})
"""Types whose cast to text gives what COPY sends: integers, text, varchar, numeric, uuid; char(n) would be trimmed."""


_EXACT = frozenset({20, 21, 23, 1700})
_FLOAT = frozenset({700, 701})


class Postgres:
    """A PostgreSQL database in one read-only snapshot."""

    kind = "postgresql"
    form = "format text"

    def __init__(self, entry: Source, snapshot: str | None = None) -> None:
        """Open the snapshot, or join one.

        Args:
            entry: the source's entry in sources.yaml.
            snapshot: name that another origin of the same source gave with :meth:`share`.

        Raises:
            SourceDown: the server does not answer, refuses the login, or has ended that snapshot.
        """
        self._entry = entry
        self._conn: psycopg.Connection[Any] = connections.connect(entry.connection, autocommit=True)
        with self._told():
            # client_encoding decides what COPY sends; set_config could not set it after the snapshot was taken.
            self._conn.execute("set client_encoding to 'UTF8'")
            self._conn.execute("begin transaction isolation level repeatable read read only")
            if snapshot:
                self._conn.execute(SQL("set transaction snapshot {}").format(Literal(snapshot)))
            self._conn.execute(load("pull/source_session"), {"timeout": f"{entry.timeout}s"})
            encoding, width = self._conn.execute(load("pull/source_encoding")).fetchone() or ("", 0)
        self._recoded = encoding != "UTF8"
        if encoding == "SQL_ASCII" or (self._recoded and width > 1):
            # No bucket of such a text can be reckoned there as the warehouse does.
            self.kind = "generic"

    def columns(self, query: str) -> list[str]:
        """Return the names of the columns that a query delivers, in its order."""
        return list(self._types(query))

    def copy(self, query: str, columns: list[str]) -> Iterator[bytes]:
        """Yield the columns' values as blocks of COPY text."""
        names = SQL(", ").join(map(Identifier, columns))
        yield from self._blocks(_from(SQL("select {}").format(names), query))

    def part(self, query: str, part: Part) -> str:
        """Return the query narrowed to a part of its rows."""
        key = self._key(query)
        wanted: list[Composable] = [SQL("extract.source_key is null")]
        if part.buckets:
            # Literals, since COPY takes no parameters.
            wanted.append(SQL("{} = any({}::bigint[])").format(self._bucket(key, part.of), Literal(part.buckets)))
        if part.keys:
            wanted.append(SQL("{} = any({}::text[])").format(key, Literal(part.keys)))
        if part.oversized:
            wanted.append(SQL("char_length({}) > {}").format(key, Literal(LONG_KEY)))
        if part.since is not None:
            mark = SQL("extract.{}").format(Identifier(WATERMARK))
            wanted.append(SQL("{m} >= {s} or {m} is null").format(m=mark, s=Literal(part.since)))
        return _from("select *", query, SQL("where {}").format(SQL(" or ").join(wanted))).as_string(self._conn)

    def sums(self, query: str, columns: list[str], of: int) -> Iterator[bytes]:
        """Yield per bucket its number, its rows and a sum over the columns' values."""
        types = self._types(query)
        # How many buckets there are, the planner cannot know: it would sort whole rows to count them.
        self._conn.execute("set local enable_sort = off")
        summed = load(
            "pull/source_sums",
            bucket=self._bucket(self._key(query), of),
            cells=SQL(", ").join(_cell(name, types[name]) for name in columns),
            query=SQL(query),
        )
        yield from self._blocks(summed)
        self._conn.execute("set local enable_sort = on")

    def totals(self, query: str, columns: list[str]) -> tuple[int, dict[str, Decimal | None]]:
        """Return how many rows a query has, and per column their sum; None where it is no number at the source."""
        types = self._types(query)
        numbers = [name for name in columns if types[name] in _EXACT | _FLOAT]
        what = SQL(", ").join([SQL("select count(*)"), *(_sum(name, types[name]) for name in numbers)])
        with self._told():
            rows, *found = self._conn.execute(_from(what, query)).fetchone() or (0,)
        known = dict(zip(numbers, found, strict=True))
        return rows, {name: known.get(name) for name in columns}

    def newest(self, query: str) -> tuple[str | None, str]:
        """Return the newest watermark and the source's own clock."""
        with self._told():
            what = SQL("select max({})::text, now()::text").format(Identifier(WATERMARK))
            newest, now = self._conn.execute(_from(what, query)).fetchone() or (None, "")
        return newest, now

    def share(self) -> str | None:
        """Return the name of this snapshot, for further connections to join while this one is open."""
        with self._told():
            row = self._conn.execute("select pg_export_snapshot()").fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """End the snapshot."""
        self._conn.close()

    def _types(self, query: str) -> dict[str, int]:
        with self._told():
            described = self._conn.execute(_from("select *", query, "limit 0")).description
        return {column.name: column.type_code for column in described or ()}

    def _key(self, query: str) -> Composable:
        """Return the expression of a key's text: what is sent of it."""
        key = SQL("extract.source_key")
        if self._types(query)["source_key"] in _CAST_AS_SENT:
            return SQL('({}::text collate "C")').format(key)
        return SQL('(case when {k} is not null then concat({k}) end collate "C")').format(k=key)

    def _bucket(self, key: Composable, of: int) -> Composed:
        stem: Composable = SQL(STEM).format(key=key)
        if self._recoded:
            # The bytes of its UTF-8 as a text of the source: the hash is over bytes.
            stem = SQL("convert_from(convert_to({}, 'UTF8'), 'SQL_ASCII')").format(stem)
        return SQL(BUCKETS["postgresql"]).format(stem=stem, of=Literal(of))

    def _blocks(self, statement: Composable) -> Iterator[bytes]:
        with self._told():
            yield from blocks(self._conn, statement)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            state = error.sqlstate or ""
            if state == "57014":
                raise failures.too_slow() from None
            if not state or state.startswith(_GONE):
                raise failures.gone(self._entry.connection) from None
            if state in failures.NO_TEXT:
                raise failures.no_text(f"SQLSTATE {state}") from None
            # Classes 42 and 28 speak of the statement and the login, never of a row.
            said = error.diag.message_primary if state.startswith(("42", "28")) else ""
            raise failures.refused(f"SQLSTATE {state} ({type(error).__name__})", said or "") from None


def _cell(name: str, of_type: int) -> Composed:
    """Return what of a column goes into the sum: two that would be sent as unlike text never look alike."""
    if of_type in _PLAIN:
        return SQL("extract.{}").format(Identifier(name))
    # By code point, whatever the column's own collation calls equal; numeric and others as the text that is sent.
    return SQL('extract.{}::text collate "C"').format(Identifier(name))


def _sum(name: str, of_type: int) -> Composed:
    """Return the exact sum of a column, as a number; a float's is that of the texts that are sent of it."""
    text = SQL("::text" if of_type in _FLOAT else "")
    return SQL("coalesce(sum(extract.{}{}::numeric), 0)").format(Identifier(name), text)


def _from(what: str | Composable, query: str, rest: str | Composable = "") -> Composed:
    pieces = [SQL(one) if isinstance(one, str) else one for one in (what, query, rest)]
    return SQL("{} from (\n{}\n) as extract {}").format(*pieces)
