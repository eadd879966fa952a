"""A warehouse of revision 0001 with data of every kind, as a night of that release left it (0001.sql.gz)."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import connections

DUMP = Path(__file__).with_name("0001.sql.gz")
"""Made by the wheel's `pg_dump --inserts` from the code of commit 8aad887; 8 customers of the demonstration, seed 7."""


@pytest.fixture
def old(template: str, home: Path) -> Iterator[psycopg.Connection[Any]]:
    """Superuser's connection to the warehouse, which is of revision 0001 and full."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
        server.execute("create database warehouse")
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as conn:
        conn.execute(gzip.decompress(DUMP.read_bytes()))
    (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as conn:
        yield conn
