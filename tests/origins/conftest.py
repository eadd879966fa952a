"""Databases of each kind to read from, filled by their owner and read by a login that may only read."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import connections
from rekisteri.embedded import secrets
from rekisteri.origins import Origin, open_origin
from rekisteri.origins.generic import Generic
from rekisteri.sources import Source
from tests.mariadb import Server

KINDS = ("postgresql", "mariadb", "sqlite")
ALL = (*KINDS, "postgresql through SQLAlchemy")
"""The last reads PostgreSQL by the path of every other dialect: its driver gives dates, decimals and booleans."""


@dataclass
class Place:
    """One database to read from."""

    kind: str
    dialect: str
    run: Callable[..., Any]
    """Runs a statement as the owner."""

    def entry(self, **more: Any) -> Source:
        """Return its entry in sources.yaml."""
        said = {"title": "T", "connection": "origin_tried", "dialect": self.dialect, "controller": "praecom"}
        return Source.model_validate(said | {"processor": "praecom", "location": "FI"} | more)

    @contextmanager
    def open(self, **more: Any) -> Iterator[Origin]:
        """Open it for reading."""
        if not self.kind.endswith("SQLAlchemy"):
            with open_origin(self.entry(**more)) as origin:
                yield origin
            return
        origin = Generic(self.entry(**more))
        try:
            yield origin
        finally:
            origin.close()

    def fill(self, table: str, shape: str, rows: Sequence[Sequence[Any]]) -> None:
        """Make a table anew."""
        self.run(f"drop table if exists {table}")
        self.run(f"create table {table} ({shape})")
        for row in rows:
            self.run(f"insert into {table} values ({', '.join(self.literal(cell) for cell in row)})")

    def literal(self, cell: Any) -> str:
        """Return a value as it is written in a statement."""
        if cell is None or isinstance(cell, int):
            return "null" if cell is None else str(cell)
        if self.kind == "mariadb":
            return f"_utf8mb4 x'{cell.encode().hex()}'" if cell else "''"
        return "'" + cell.replace("'", "''") + "'"


def database(name: str, encoding: str = "UTF8") -> psycopg.Connection[Any]:
    """Make a database anew on the suite's PostgreSQL, with its reader; return its owner's connection."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(
            f"create database {name} template template0 encoding '{encoding}' locale_provider libc locale 'C'"
        )
        login = server.execute("select 1 from pg_roles where rolname = 'origin_reader'").fetchone()
        server.execute(f"{'alter' if login else 'create'} role origin_reader login password 'Sesam-77'")
    owner = connections.connect("postgres_admin", dbname=name, autocommit=True)
    owner.execute("alter default privileges in schema public grant select on tables to origin_reader")
    return owner


def postgres_uri(name: str) -> str:
    where = connections.dsn("postgres_admin")
    return f"postgresql://origin_reader:Sesam-77@:{where['port']}/{name}?host={where['host']}"


@contextmanager
def reachable(home: Path, uri: str, name: str = "origin_tried") -> Iterator[None]:
    """Declare a connection for as long as the block lasts."""
    before = secrets.read(home, "connections.json")
    secrets.write(home, "connections.json", before | {name: uri})
    yield
    secrets.write(home, "connections.json", before)


@contextmanager
def opened(kind: str, home: Path, folder: Path, server: Callable[[], Server]) -> Iterator[Place]:
    """Make an empty database of a kind."""
    if kind.startswith("postgresql"):
        with database("origin") as owner, reachable(home, postgres_uri("origin")):
            yield Place(kind, "postgresql+psycopg" if kind.endswith("SQLAlchemy") else "postgresql", owner.execute)
    elif kind == "mariadb":
        uri = server().database("origin")
        with server().connect("origin") as owner, owner.cursor() as cursor, reachable(home, uri):
            yield Place(kind, "mysql", cursor.execute)
    else:
        path = folder / "säde #1 50%.db"
        owner = sqlite3.connect(path, isolation_level=None)
        with reachable(home, f"sqlite:///{str(path).replace('%', '%25').replace('#', '%23')}"):
            yield Place(kind, "sqlite", owner.execute)
        owner.close()


@pytest.fixture(params=ALL)
def place(request: pytest.FixtureRequest, home: Path, template: str, tmp_path: Path) -> Iterator[Place]:
    """An empty database of each kind in turn."""
    with opened(request.param, home, tmp_path, lambda: request.getfixturevalue("mariadb")) as made:
        yield made


@pytest.fixture
def postgres(home: Path, template: str, tmp_path: Path) -> Iterator[Place]:
    """An empty PostgreSQL database."""
    with opened("postgresql", home, tmp_path, lambda: pytest.fail("not asked for")) as made:
        yield made


@pytest.fixture
def maria(home: Path, template: str, tmp_path: Path, mariadb: Server) -> Iterator[Place]:
    """An empty MariaDB database."""
    with opened("mariadb", home, tmp_path, lambda: mariadb) as made:
        yield made


@pytest.fixture
def sqlite(home: Path, template: str, tmp_path: Path) -> Iterator[Place]:
    """An empty SQLite database."""
    with opened("sqlite", home, tmp_path, lambda: pytest.fail("not asked for")) as made:
        yield made


Row = tuple[str | None, ...]


def arrived(blocks: Iterator[bytes], width: int, form: str = "format text") -> list[Row]:
    """Return what the warehouse reads from blocks of what COPY reads, in their order."""
    names = [f"c{n}" for n in range(width)]
    with connections.connect("postgres_admin") as conn:
        shape = ", ".join(f"{name} text" for name in names)
        conn.execute(f"create temp table arrived (_row int generated always as identity, {shape})")
        with conn.cursor().copy(f"copy arrived ({', '.join(names)}) from stdin ({form})") as copy:
            for block in blocks:
                copy.write(block)
        return conn.execute(f"select {', '.join(names)} from arrived order by _row").fetchall()


def read(origin: Origin, query: str) -> list[Row]:
    """Return the rows that a query brings, as they arrive."""
    columns = origin.columns(query)
    return arrived(origin.copy(query, columns), len(columns), origin.form)
