"""A MariaDB or MySQL source: the server writes COPY's lines itself, a streaming cursor passes them on."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pymysql
from pymysql.constants import CR, ER, FIELD_TYPE
from pymysql.cursors import SSCursor

from rekisteri import connections
from rekisteri.errors import SetupError, SourceError
from rekisteri.origins import failures, mysql_cells, mysql_packets
from rekisteri.origins.origin import LONG_KEY, WATERMARK, Part
from rekisteri.sources import Source
from rekisteri.statements import text

_ROWS = 4_000
"""Lines of a block."""
_GONE = frozenset(
    {
        CR.CR_CONNECTION_ERROR, CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, ER.SERVER_SHUTDOWN,
        ER.CON_COUNT_ERROR, ER.LOCK_WAIT_TIMEOUT, 1927,
    }
)  # fmt: skip
"""Codes of a server that went away or is overloaded (1927: MariaDB ended the connection)."""
_TOO_SLOW = frozenset({1969, 3024, 1317})
"""MariaDB's max_statement_time, MySQL's max_execution_time, and a statement that was ended by hand."""
_SPEAK_OF_THE_STATEMENT = frozenset(
    {
        ER.BAD_FIELD_ERROR, ER.NO_SUCH_TABLE, ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR,
        ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR, ER.NON_UNIQ_ERROR, ER.DUP_FIELDNAME, ER.SP_DOES_NOT_EXIST,
    }
)  # fmt: skip


class MySQL:
    """A MariaDB or MySQL database in one read-only snapshot."""

    kind = "mysql"
    # A quote that people do not write: one search of each text tells that there is nothing to double, where the
    # escapes of COPY's text format would take four.
    form = "format csv, delimiter E'\\t', quote E'\\x01', null ''"

    def __init__(self, entry: Source) -> None:
        """Open the snapshot.

        Args:
            entry: the source's entry in sources.yaml.

        Raises:
            SetupError: the connection has a field that the driver does not know.
            SourceDown: the server does not answer or refuses the login.
        """
        self._entry = entry
        self._known: dict[str, dict[str, Any]] = {}
        fields = connections.dsn(entry.connection)
        if "dbname" in fields:
            fields["database"] = fields.pop("dbname")
        fields["port"] = int(fields.get("port") or 3306)
        try:
            # Bytes in, bytes out: nothing is decoded on the way.
            ours = {"charset": "utf8mb4", "use_unicode": False, "connect_timeout": 10}
            self._conn = pymysql.connect(**fields | ours, read_timeout=entry.timeout + 30)
        except TypeError:
            raise SetupError(
                f"connection {entry.connection!r} has a field that PyMySQL does not know; see pymysql.connect"
            ) from None
        except pymysql.MySQLError as error:
            raise failures.refused_login(entry.connection, error.args[0] if error.args else "no answer") from None
        for statement in self._settings():
            self._rows(statement)
        ((mode,),) = self._rows("select @@sql_mode")
        self._oracle = b"ORACLE" in mode

    def _settings(self) -> list[str]:
        maria = "mariadb" in str(self._conn.get_server_info()).lower()  # type: ignore[no-untyped-call]
        limit = f"max_statement_time = {self._entry.timeout}" if maria else (
            f"max_execution_time = {self._entry.timeout * 1000}")  # fmt: skip
        return [
            # A TIMESTAMP is shown in the session's zone; it is a moment, and is sent with its offset.
            "set session time_zone = '+00:00'",
            f"set session {limit}",
            "set session transaction isolation level repeatable read",
            "start transaction with consistent snapshot, read only",
        ]

    def columns(self, query: str) -> list[str]:
        """Return the names of the columns that a query delivers, in its order."""
        return list(self._fields(query))

    def copy(self, query: str, columns: list[str]) -> Iterator[bytes]:
        """Yield the columns' values as blocks of COPY's CSV, whose lines the server has made."""
        cells = self._cells(query, columns)
        sent = [mysql_cells.sent(cell, is_text, self._oracle) for cell, is_text in cells.values()]
        yield from self._lines(_from(f"concat_ws({mysql_cells.TAB}, {', '.join(sent)})", query))

    def part(self, query: str, part: Part) -> str:
        """Return the query narrowed to a part of its rows."""
        key = self._key(query)
        wanted = ["extract.source_key is null"]
        if part.buckets:
            wanted.append(f"{mysql_cells.bucket(key, part.of)} in ({', '.join(map(str, part.buckets))})")
        if part.keys:
            # As bytes: to a collation, keys that differ in case, accents or spaces at the end are the same.
            wanted.append(f"cast({key} as binary) in ({', '.join(map(mysql_cells.literal, part.keys))})")
        if part.oversized:
            wanted.append(f"char_length({key}) > {LONG_KEY}")
        if part.since is not None:
            mark = f"extract.{mysql_cells.name(WATERMARK)}"
            # The session's zone is UTC; an offset written out is not read by every version.
            since = f"_utf8mb4 {mysql_cells.literal(part.since.removesuffix('+00:00'))}"
            wanted.append(f"{mark} >= {since} or {mark} is null")
        return f"{_from('*', query)} where {' or '.join(wanted)}"

    def sums(self, query: str, columns: list[str], of: int) -> Iterator[bytes]:
        """Yield per bucket its number, its rows and a sum over the columns' values."""
        cells = [
            mysql_cells.summed(cell, is_text, self._oracle) for cell, is_text in self._cells(query, columns).values()
        ]
        places = {
            "bucket": mysql_cells.bucket(self._key(query), of),
            "cells": ", ".join(cells),
            "query": query,
        }
        yield from self._lines(text("pull/source_sums_mysql").format_map(places))

    def totals(self, query: str, columns: list[str]) -> tuple[int, dict[str, Decimal | None]]:
        """Return how many rows a query has, and per column their sum; None where it is no exact number there."""
        exact = [name for name in columns if self._fields(query)[name].type_code in mysql_cells.EXACT]
        sums = [mysql_cells.text(f"ifnull(sum(extract.{mysql_cells.name(name)}), 0)") for name in exact]
        ((rows, *found),) = self._rows(_from(", ".join(["count(*)", *sums]), query))
        known = dict(zip(exact, (Decimal(one.decode()) for one in found), strict=True))
        return int(rows), {name: known.get(name) for name in columns}

    def newest(self, query: str) -> tuple[str | None, str]:
        """Return the newest watermark and the source's own clock."""
        what = f"{mysql_cells.text(f'max({mysql_cells.name(WATERMARK)})')}, {mysql_cells.text('now()')}"
        ((newest, now),) = self._rows(_from(what, query))
        # The session's zone is UTC, and so is a TIMESTAMP in it.
        offset = "+00:00" if self._fields(query)[WATERMARK].type_code == FIELD_TYPE.TIMESTAMP else ""
        return newest.decode() + offset if newest is not None else None, now.decode() + "+00:00"

    def share(self) -> str | None:
        """Return None: a snapshot is its connection's own."""
        return None

    def close(self) -> None:
        """End the snapshot, without a word to the server: it may be gone."""
        self._conn._force_close()  # type: ignore[attr-defined]

    def _fields(self, query: str) -> dict[str, Any]:
        if query not in self._known:
            with self._told(), self._conn.cursor() as cursor:
                cursor.execute(f"{_from('*', query)} limit 0")
                self._known[query] = {field.name: field for field in cursor._result.fields}
        return self._known[query]

    def _key(self, query: str) -> str:
        """Return the expression of a key's text: what is sent of it, so that both sides hash the same."""
        return mysql_cells.cell(self._fields(query)["source_key"])[0]

    def _cells(self, query: str, columns: list[str]) -> dict[str, tuple[str, bool]]:
        """Return per column the expression that gives its text, and whether that text may need escapes."""
        fields = self._fields(query)
        return {name: mysql_cells.cell(fields[name]) for name in columns}

    def _lines(self, query: str) -> Iterator[bytes]:
        with self._told(), self._stream() as cursor:
            cursor.execute(query)
            for found in mysql_packets.lines(self._conn, cursor._result, _ROWS):  # type: ignore[attr-defined]
                try:
                    block = b"\n".join(found) + b"\n"  # type: ignore[arg-type]
                except TypeError:
                    # concat_ws gives NULL, and only a warning, where a line outgrows the server's packet.
                    raise SourceError(
                        "a row is longer than the source's max_allowed_packet; raise it there, or select less"
                    ) from None
                yield block

    @contextmanager
    def _stream(self) -> Iterator[SSCursor]:
        cursor = self._conn.cursor(SSCursor)
        try:
            yield cursor
        finally:
            result = cursor._result  # type: ignore[attr-defined]
            if result and result.unbuffered_active:
                # PyMySQL would read an unread stream to its end, also that of a server which is gone.
                result.unbuffered_active = False
                self.close()
            cursor.close()

    def _rows(self, query: str) -> tuple[Any, ...]:
        with self._told(), self._conn.cursor() as cursor:
            cursor.execute(query)
            return tuple(cursor.fetchall())

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except pymysql.MySQLError as error:
            code = error.args[0] if error.args else 0
            if code in _TOO_SLOW:
                raise failures.too_slow() from None
            if code in _GONE or isinstance(error, pymysql.err.InterfaceError):
                raise failures.gone(self._entry.connection) from None
            said = str(error.args[1]) if code in _SPEAK_OF_THE_STATEMENT else ""
            raise failures.refused(f"error {code} ({type(error).__name__})", said) from None


def _from(what: str, query: str) -> str:
    return f"select {what} from (\n{query}\n) as extract"  # noqa: S608 - from policy files
