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
from rekisteri.origins import failures
from rekisteri.origins.origin import LONG_KEY, WATERMARK, Part
from rekisteri.sources import Source
from rekisteri.statements import text

_ROWS = 4_000
"""Lines of a block."""
_BINARY = 63
"""Number of the character set of bytes."""
_STRINGS = frozenset(
    {
        FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB,
        FIELD_TYPE.LONG_BLOB, FIELD_TYPE.BLOB, FIELD_TYPE.JSON, FIELD_TYPE.ENUM, FIELD_TYPE.SET,
    }
)  # fmt: skip
_EXACT = frozenset(
    {
        FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24,
        FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG,
    }
)  # fmt: skip
"""Numbers whose sum does not depend on the order in which they are added."""
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

# Written in hex, so that they mean the same under every sql_mode.
_TAB, _QUOTE = (f"_utf8mb4 x'{code}'" for code in ("09", "01"))


class MySQL:
    """A MariaDB or MySQL database in one read-only snapshot."""

    kind = "mysql"
    # A quote that people do not write: one search of each text tells that there is nothing to double, where the
    # escapes of COPY's text format would take four.
    form = " (format csv, delimiter E'\\t', quote E'\\x01', null '')"

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
        # Asked for each time: under sql_mode ORACLE concat and replace take NULL for an empty text.
        quoted = [f"if({cell} is null, '', {_quoted(cell) if is_text else cell})" for cell, is_text in cells.values()]
        yield from self._lines(f"select concat_ws({_TAB}, {', '.join(quoted)}) from (\n{query}\n) as extract")  # noqa: S608 - from policy files

    def part(self, query: str, part: Part) -> str:
        """Return the query narrowed to a part of its rows."""
        key = self._key(query)
        wanted = ["extract.source_key is null"]
        if part.buckets:
            wanted.append(f"{_bucket(key, part.of)} in ({', '.join(map(str, part.buckets))})")
        if part.keys:
            # As bytes: to a collation, keys that differ in case, accents or spaces at the end are the same.
            wanted.append(f"cast({key} as binary) in ({', '.join(map(_bytes, part.keys))})")
        if part.oversized:
            wanted.append(f"char_length({key}) > {LONG_KEY}")
        if part.since is not None:
            mark = f"extract.{_name(WATERMARK)}"
            # The session's zone is UTC; an offset written out is not read by every version.
            since = f"_utf8mb4 {_bytes(part.since.removesuffix('+00:00'))}"
            wanted.append(f"{mark} >= {since} or {mark} is null")
        return f"select * from (\n{query}\n) as extract where {' or '.join(wanted)}"  # noqa: S608 - from policy files

    def sums(self, query: str, columns: list[str], of: int) -> Iterator[bytes]:
        """Yield per bucket its number, its rows and a sum over the columns' values."""
        cells = [
            f"if({cell} is null, 'n', concat('v', {_apart(cell) if is_text else cell}))"
            for cell, is_text in self._cells(query, columns).values()
        ]
        places = {
            "bucket": _bucket(self._key(query), of),
            "cells": ", ".join(cells),
            "query": query,
        }
        yield from self._lines(text("pull/source_sums_mysql").format_map(places))

    def totals(self, query: str, columns: list[str]) -> tuple[int, dict[str, Decimal | None]]:
        """Return how many rows a query has, and per column their sum; None where it is no exact number there."""
        exact = [name for name in columns if self._fields(query)[name].type_code in _EXACT]
        sums = [_text(f"ifnull(sum(extract.{_name(name)}), 0)") for name in exact]
        ((rows, *found),) = self._rows(f"select {', '.join(['count(*)', *sums])} from (\n{query}\n) as extract")  # noqa: S608 - from policy files
        known = dict(zip(exact, (Decimal(one.decode()) for one in found), strict=True))
        return int(rows), {name: known.get(name) for name in columns}

    def newest(self, query: str) -> tuple[str | None, str]:
        """Return the newest watermark and the source's own clock."""
        what = f"select {_text(f'max({_name(WATERMARK)})')}, {_text('now()')}"
        ((newest, now),) = self._rows(f"{what} from (\n{query}\n) as extract")
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
                cursor.execute(f"select * from (\n{query}\n) as extract limit 0")  # noqa: S608 - from policy files
                self._known[query] = {field.name: field for field in cursor._result.fields}
        return self._known[query]

    def _key(self, query: str) -> str:
        """Return the expression of a key's text: what is sent of it, so that both sides hash the same."""
        return _cell(self._fields(query)["source_key"])[0]

    def _cells(self, query: str, columns: list[str]) -> dict[str, tuple[str, bool]]:
        """Return per column the expression that gives its text, and whether that text may need escapes."""
        fields = self._fields(query)
        return {name: _cell(fields[name]) for name in columns}

    def _lines(self, query: str) -> Iterator[bytes]:
        with self._told(), self._stream() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_ROWS):
                try:
                    block = b"\n".join([row[0] for row in rows]) + b"\n"
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


def _name(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


def _bytes(value: str) -> str:
    # Hex, so that no sql_mode decides what a backslash or a quote in it means.
    return f"x'{value.encode().hex()}'"


def _text(expression: str) -> str:
    return f"convert(cast({expression} as char) using utf8mb4)"


def _bucket(key: str, of: int) -> str:
    return f"ifnull(crc32(left({key}, char_length({key}) - 1)) & {of - 1}, 0)"


def _apart(expression: str) -> str:
    """Return a text in which what parts the cells of a sum is doubled: two rows never look alike by their seams."""
    return f"replace({expression}, _utf8mb4 x'1F', _utf8mb4 x'1F1F')"


def _quoted(expression: str) -> str:
    return f"concat({_QUOTE}, replace({expression}, {_QUOTE}, _utf8mb4 x'0101'), {_QUOTE})"


def _cell(field: Any) -> tuple[str, bool]:
    column = f"extract.{_name(field.name)}"
    if field.type_code in _STRINGS and field.charsetnr == _BINARY and field.type_code != FIELD_TYPE.JSON:
        return f"concat(_utf8mb4 x'5C78', lower(hex({column})))", True
    if field.type_code in _STRINGS:
        return f"convert({column} using utf8mb4)", True
    if field.type_code == FIELD_TYPE.BIT:
        return _text(f"{column} + 0"), False
    if field.type_code == FIELD_TYPE.TIMESTAMP:
        return f"concat({_text(column)}, '+00:00')", False
    if field.type_code == FIELD_TYPE.FLOAT:
        # Six digits, as the server writes it, where they say all that it holds.
        short, whole = _text(column), f"({column} + 0e0)"
        return f"if(abs({short} + 0e0 - {whole}) <= abs({whole}) * 6e-8, {short}, {_text(whole)})", False
    if field.type_code == FIELD_TYPE.GEOMETRY:
        raise SourceError(f"column {field.name} is a geometry, which has no text form; convert it in the SELECT")
    return _text(column), False
