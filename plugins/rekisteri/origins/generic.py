"""Any other database that SQLAlchemy has a dialect for: rows are streamed, and each value is written as text."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from threading import Timer
from typing import Any
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from rekisteri import connections
from rekisteri.errors import SetupError, SourceError
from rekisteri.origins import failures
from rekisteri.origins.origin import LONG_KEY, WATERMARK, Part
from rekisteri.sources import Source

_ROWS = 2_000
"""Rows of a block."""
_SNAPSHOTS = ("REPEATABLE READ", "SERIALIZABLE")
"""Isolation levels in which all SELECTs see one state, the lighter first."""
_ON_THE_STATEMENT = re.compile(r'no such (column|table|function): [\w.]+|near "\S+": syntax error')
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Generic:
    """A database read through SQLAlchemy, in one transaction that sees one state where the dialect has such."""

    kind = "generic"
    form = "format text"

    def __init__(self, entry: Source) -> None:
        """Open the transaction.

        Args:
            entry: the source's entry in sources.yaml.

        Raises:
            SetupError: SQLAlchemy has no such dialect, or its driver is not installed.
            SourceDown: the database does not answer or refuses the login.
        """
        self._entry = entry
        try:
            engine = sa.create_engine(_url(entry), hide_parameters=True, poolclass=sa.NullPool)
        except (sa.exc.NoSuchModuleError, ImportError):
            raise SetupError(
                f"dialect {entry.dialect!r} of sources.yaml: SQLAlchemy has no such dialect here; install its driver"
            ) from None
        try:
            # A statement goes to the driver as written: with parameters, were there none, % would mean something.
            self._conn = engine.connect().execution_options(stream_results=True, yield_per=_ROWS, no_parameters=True)
            if engine.dialect.name == "sqlite":
                # Its driver begins no transaction for a SELECT: each would see a state of its own.
                self._conn.exec_driver_sql("begin")
            elif level := next((one for one in _SNAPSHOTS if one in self._levels()), None):
                self._conn = self._conn.execution_options(isolation_level=level)
        except SQLAlchemyError as error:
            raise failures.refused_login(entry.connection, type(error).__name__) from None

    def columns(self, query: str) -> list[str]:
        """Return the names of the columns that a query delivers, in its order."""
        with self._told():
            return list(self._conn.exec_driver_sql(f"select * from (\n{query}\n) extract where 1 = 0").keys())  # noqa: S608

    def copy(self, query: str, columns: list[str]) -> Iterator[bytes]:
        """Yield the columns' values as blocks of COPY text."""
        names = ", ".join(map(self._name, columns))
        with self._told():
            rows = self._conn.exec_driver_sql(f"select {names} from (\n{query}\n) extract")  # noqa: S608
            for block in rows.partitions(_ROWS):
                lines = [
                    "\t".join([_text(cell, name) for cell, name in zip(row, columns, strict=True)]) for row in block
                ]
                yield ("\n".join(lines) + "\n").encode()

    def part(self, query: str, part: Part) -> str:
        """Return the query narrowed to a part of its rows."""
        wanted = ["extract.source_key is null"]
        key = sa.cast(sa.literal_column("extract.source_key"), sa.String(4000))
        if part.keys:
            wanted.append(f"{self._sql(key)} in ({', '.join(map(self._literal, part.keys))})")
        if part.oversized:
            wanted.append(f"{self._sql(sa.func.char_length(key))} > {LONG_KEY}")
        if part.since is not None:
            mark = f"extract.{self._name(WATERMARK)}"
            # SQLite compares texts: a day without an hour sorts before its midnight.
            wanted.append(f"{mark} >= {self._literal(part.since.removesuffix(' 00:00:00'))} or {mark} is null")
        return f"select * from (\n{query}\n) extract where {' or '.join(wanted)}"  # noqa: S608 - from policy files

    def sums(self, query: str, columns: list[str], of: int) -> Iterator[bytes]:
        """Refuse: no hash is common to all dialects, so nobody asks."""
        raise SourceError(f"dialect {self._entry.dialect} gives no sums")

    def totals(self, query: str, columns: list[str]) -> tuple[int, dict[str, Decimal | None]]:
        """Return how many rows a query has, and per column their sum; None where it may be no number there.

        What a sum over text does, each dialect decides for itself; of those, SQLite alone says what a value is.
        """
        summed = columns if self._conn.dialect.name == "sqlite" else []
        sums = [
            f"total({c}), count(case when typeof({c}) in ('text', 'blob') then 1 end)" for c in map(self._name, summed)
        ]
        with self._told():
            what = ", ".join(["count(*)", *sums])
            rows, *found = self._conn.exec_driver_sql(f"select {what} from (\n{query}\n) extract").one()  # noqa: S608
        pairs = dict(zip(summed, zip(found[::2], found[1::2], strict=True), strict=True))
        known = {name: None if texts else Decimal(str(total)) for name, (total, texts) in pairs.items()}
        return rows, {name: known.get(name) for name in columns}

    def newest(self, query: str) -> tuple[str | None, str]:
        """Return the newest watermark and this machine's clock: in which zone another's is, no dialect says."""
        with self._told():
            what = f"select max({self._name(WATERMARK)}) from (\n{query}\n) extract"  # noqa: S608
            (newest,) = self._conn.exec_driver_sql(what).one()
        return None if newest is None else _text(newest, WATERMARK), datetime.now(UTC).isoformat(sep=" ")

    def share(self) -> str | None:
        """Return None: a transaction is its connection's own."""
        return None

    def close(self) -> None:
        """End the transaction."""
        self._conn.close()

    def _levels(self) -> Sequence[str]:
        try:
            return self._conn.dialect.get_isolation_level_values(self._conn.connection.dbapi_connection)  # type: ignore[arg-type]
        except NotImplementedError:
            return ()

    def _name(self, column: str) -> str:
        return self._conn.dialect.identifier_preparer.quote(column)

    def _literal(self, value: str) -> str:
        return self._sql(sa.literal(value, sa.String()))

    def _sql(self, expression: sa.ColumnElement[Any]) -> str:
        text = str(expression.compile(dialect=self._conn.dialect, compile_kwargs={"literal_binds": True}))
        # What takes parameters wants % doubled; ours takes none.
        return text.replace("%%", "%") if self._conn.dialect.identifier_preparer._double_percents else text

    @contextmanager
    def _told(self) -> Iterator[None]:
        late: list[bool] = []
        limit = Timer(self._entry.timeout, self._stop, [late])
        limit.daemon = True
        limit.start()
        try:
            yield
            if late:  # a driver that cannot be interrupted
                raise failures.too_slow()
        except UnicodeError as error:
            raise failures.no_text(type(error).__name__) from None
        except DBAPIError as error:
            if late:
                raise failures.too_slow() from None
            if error.connection_invalidated:
                raise failures.gone(self._entry.connection) from None
            if "decode" in str(error.orig).lower():
                raise failures.no_text(type(error.orig).__name__) from None
            # Which of a driver's words quote a row is not known: none are passed on but SQLite's on the statement.
            words = _ON_THE_STATEMENT.fullmatch(str(error.orig)) if self._conn.dialect.name == "sqlite" else None
            raise failures.refused(type(error.orig).__name__, words[0] if words else "") from None
        finally:
            limit.cancel()

    def _stop(self, late: list[bool]) -> None:
        late.append(True)
        driver = self._conn.connection.driver_connection
        # The first is SQLite's name for it; of the others, most say the second.
        stop = getattr(driver, "interrupt", None) or getattr(driver, "cancel", None)
        if stop:
            stop()


def _url(entry: Source) -> sa.URL:
    fields = connections.dsn(entry.connection)
    database = fields.pop("dbname", None)
    if entry.dialect.partition("+")[0] == "sqlite":
        # Read-only: where the file is missing, SQLite would make an empty one.
        return sa.URL.create(
            entry.dialect, database=f"file:{quote(str(database or fields.get('host')))}?mode=ro", query={"uri": "true"}
        )
    known = {"username": "user", "password": "password", "host": "host", "port": "port"}
    given = {ours: fields.pop(theirs, None) for ours, theirs in known.items()}
    return sa.URL.create(entry.dialect, database=database, query={k: str(v) for k, v in fields.items()}, **given)


def _text(value: Any, column: str) -> str:
    """Return a value as COPY text; what has no certain text form is refused rather than guessed."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        # Never 1e+16: a number is written out.
        return format(Decimal(str(value)), "f")
    if isinstance(value, int | UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\\\x{bytes(value).hex()}"
    raise SourceError(f"column {column}: {type(value).__name__} has no certain text form; convert it in the SELECT")
