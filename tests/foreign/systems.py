"""Northwind, Chinook and Pagila, loaded from their CSV files into the servers that they stand for."""

import csv
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rekisteri import connections, paths
from tests.mariadb import Server

SOURCES = ("northwind", "chinook", "pagila")
KEY = "integer primary key"
TYPES = {
    # The types of the systems as they are published; a column that is not named here is text.
    "northwind": {
        "customers": {"customer_id": "text primary key"},
        "orders": {"order_id": KEY, "order_date": "date", "required_date": "date", "shipped_date": "date",
                   "freight": "real", "employee_id": "integer", "ship_via": "integer"},
        "order_details": {"order_id": "integer", "product_id": "integer", "unit_price": "real", "quantity": "integer",
                          "discount": "real"},
        "employees": {"employee_id": KEY, "birth_date": "date", "hire_date": "date"},
    },
    "chinook": {
        "customer": {"customer_id": KEY, "support_rep_id": "integer"},
        "employee": {"employee_id": KEY, "birth_date": "datetime", "hire_date": "datetime"},
        "invoice": {"invoice_id": KEY, "customer_id": "integer", "invoice_date": "datetime", "total": "decimal(10, 2)"},
        "invoice_line": {"invoice_line_id": KEY, "invoice_id": "integer", "unit_price": "decimal(10, 2)"},
    },
    "pagila": {
        "customer": {"customer_id": KEY, "address_id": "integer"},
        "address": {"address_id": KEY, "city_id": "integer"},
        "city": {"city_id": KEY, "country_id": "integer"},
        "country": {"country_id": KEY},
        "rental": {"rental_id": KEY, "customer_id": "integer"},
        "payment": {"payment_id": KEY, "customer_id": "integer", "amount": "real"},
    },
}  # fmt: skip


@dataclass
class System:
    """One foreign system: how it is reached, and how somebody works in it."""

    name: str
    uri: str
    """With a login that may only read, where the system has logins."""
    run: Callable[..., Any]
    """Runs a statement with the system's own parameters, as its owner."""


def data() -> Path:
    """Return the folder of the CSV files.

    Raises:
        FileNotFoundError: it is not there; says how to name another.
    """
    told = os.environ.get("REKISTERI_FOREIGN_DATA")
    folder = Path(told) if told else paths.PACKAGE.parents[1].parent / "shared" / "data"
    if not (folder / "northwind" / "customers.csv").exists():
        raise FileNotFoundError(f"no foreign data in {folder}: name its folder in REKISTERI_FOREIGN_DATA")
    return folder


def tables(name: str) -> Iterator[tuple[str, list[str], list[list[str | None]]]]:
    """Yield table, columns and rows of a system; an empty field is null."""
    for path in sorted((data() / name).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        yield path.stem, header, [[cell or None for cell in row] for row in rows]


def _table(system: str, table: str, columns: list[str]) -> str:
    types = TYPES[system].get(table, {})
    shape = ", ".join(f"{column} {types.get(column, 'text')}" for column in columns)
    return f"create table {table} ({shape})"


def northwind() -> Iterator[System]:
    """Northwind in a database of its own on the suite's PostgreSQL."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists northwind with (force)")
        server.execute("create database northwind")
        login = server.execute("select 1 from pg_roles where rolname = 'northwind_reader'").fetchone()
        server.execute(f"{'alter' if login else 'create'} role northwind_reader login password 'northwind'")
    with connections.connect("postgres_admin", dbname="northwind", autocommit=True) as owner:
        for table, columns, rows in tables("northwind"):
            owner.execute(_table("northwind", table, columns))
            with owner.cursor().copy(f"copy {table} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        owner.execute("grant select on all tables in schema public to northwind_reader")
        where = connections.dsn("postgres_admin")
        yield System(
            "northwind",
            f"postgresql://northwind_reader:northwind@:{where['port']}/northwind?host={where['host']}",
            owner.execute,
        )


def chinook(server: Server) -> Iterator[System]:
    """Chinook in a database of its own on the suite's MariaDB."""
    uri = server.database("chinook")
    with server.connect("chinook") as owner, owner.cursor() as cursor:
        for table, columns, rows in tables("chinook"):
            cursor.execute(_table("chinook", table, columns))
            cursor.executemany(f"insert into {table} values ({', '.join(['%s'] * len(columns))})", rows)
        yield System("chinook", uri, cursor.execute)


def pagila(folder: Path) -> Iterator[System]:
    """Pagila in a SQLite file."""
    path = folder / "pagila.db"
    path.unlink(missing_ok=True)
    owner = sqlite3.connect(path, isolation_level=None)
    owner.execute("begin")
    for table, columns, rows in tables("pagila"):
        owner.execute(_table("pagila", table, columns))
        owner.executemany(f"insert into {table} values ({', '.join(['?'] * len(columns))})", rows)
    owner.execute("commit")
    yield System("pagila", f"sqlite:///{path}", owner.execute)
    owner.close()
