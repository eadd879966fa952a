"""The same cases in a MariaDB of the bench's own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import mariadb

from rekisteri import connections

missing = mariadb.missing
TABLES = {
    "client": "id bigint primary key, name varchar(200) not null",
    "ticket": "id bigint primary key, client_id bigint not null, opened_at timestamp null, closed_at timestamp null, "
    "category varchar(20) not null, severity varchar(20) not null, title varchar(400) not null",
}


@contextmanager
def server() -> Iterator[str]:
    """Start a MariaDB that holds what the PostgreSQL source holds; yield the URI of a login that reads it."""
    with mariadb.server() as made:
        uri = made.database("desk")
        for table, columns in TABLES.items():
            _copy(made, table, columns)
        yield uri


def _copy(made: mariadb.Server, table: str, columns: str) -> None:
    with tempfile.NamedTemporaryFile(prefix="rekisteri-bench-", suffix=".copy") as file:
        with connections.connect("demo_crm") as origin:
            origin.execute("set timezone = 'UTC'")
            # Without the offset, which MariaDB does not read; its session is in UTC, too.
            out = f"copy (select * from desk.{table}) to stdout"
            if table == "ticket":
                out = (
                    "copy (select id, client_id, opened_at at time zone 'UTC', closed_at at time zone 'UTC', category, "
                    "severity, title from desk.ticket) to stdout"
                )
            with origin.cursor().copy(out) as rows:  # type: ignore[call-overload]
                for block in rows:
                    file.write(block)
        file.flush()
        Path(file.name).chmod(0o644)
        with made.connect("desk") as conn, conn.cursor() as cursor:
            cursor.execute("set time_zone = '+00:00'")
            cursor.execute(f"create table {table} ({columns}) character set utf8mb4")
            cursor.execute(f"load data local infile '{file.name}' into table {table} character set utf8mb4")
            cursor.execute(f"analyze table {table}")
