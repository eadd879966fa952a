"""What a source's own catalog says of its tables: their columns and types, in one question, without reading a row."""

from typing import Any, NamedTuple, cast

from rekisteri.origins import Origin, kind_of
from rekisteri.sources import Source
from rekisteri.statements import load, text

Columns = dict[str, str]
"""The columns of a table, in its order, to their types as the source names them."""


class Table(NamedTuple):
    """A table or view as a SELECT names it, each part as the source keeps it."""

    schema: str
    """Empty where the SELECT names none: the login's own."""
    name: str

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


def read(origin: Origin, entry: Source, tables: list[Table]) -> dict[Table, Columns]:
    """Return what the source's catalog says of tables; those that it does not show are left out.

    PostgreSQL shows all columns; MariaDB and MySQL those that the login has a right on.

    Args:
        origin: the source, open.
        entry: its entry in sources.yaml.
        tables: which ones.

    Raises:
        SourceDown: the source went away meanwhile.
        SourceError: the source refuses the question.
    """
    if not tables:
        return {}
    found = {"postgresql": _postgres, "mysql": _mysql}.get(kind_of(entry), _inspected)(origin, tables)
    return {table: columns for table, columns in found.items() if columns}


def _postgres(origin: Any, tables: list[Table]) -> dict[Table, Columns]:
    names = [".".join('"' + part.replace('"', '""') + '"' for part in table if part) for table in tables]
    found: dict[Table, Columns] = {table: {} for table in tables}
    with origin._told():
        for n, column, of_type in origin._conn.execute(load("drift/source_columns"), {"names": names}):
            found[tables[n - 1]][column] = of_type
    return found


def _mysql(origin: Any, tables: list[Table]) -> dict[Table, Columns]:
    one = text("drift/source_columns_mysql")
    asked = [
        one.format(n=n, schema=_hex(table.schema) if table.schema else "database()", name=_hex(table.name))
        for n, table in enumerate(tables)
    ]
    found: dict[Table, Columns] = {table: {} for table in tables}
    for n, column, of_type in origin._rows("\nunion all\n".join(asked)):
        found[tables[int(n)]][column.decode()] = of_type.decode()
    return found


def _hex(name: str) -> str:
    # Hex, so that no sql_mode decides what a backslash or a quote in it means.
    return f"_utf8mb4 x'{name.encode().hex()}'"


def _inspected(origin: Any, tables: list[Table]) -> dict[Table, Columns]:
    import sqlalchemy as sa

    found: dict[Table, Columns] = {}
    with origin._told():
        # Its questions are its own, with parameters and not streamed: unlike those of a pull.
        conn = cast(sa.Connection, origin._conn).execution_options(
            stream_results=False, yield_per=None, no_parameters=False
        )
        inspector = sa.inspect(conn)
        for table in tables:
            try:
                described = inspector.get_columns(table.name, schema=table.schema or None)
            except sa.exc.NoSuchTableError:
                continue
            found[table] = {str(one["name"]): _type(one["type"], conn) for one in described}
    return found


def _type(of_type: Any, conn: Any) -> str:
    from sqlalchemy.exc import CompileError

    try:
        return str(of_type.compile(dialect=conn.dialect))
    except CompileError:
        return "of no known type"
