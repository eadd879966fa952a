"""COPY out of a PostgreSQL source: whole rows, all of them, and what becomes of one that is left or breaks off."""

from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL

from rekisteri.origins import postgres_copy

MANY = SQL("select n, repeat('ä', 50) from generate_series(1, 50_000_000) as n")


def test_every_block_is_of_whole_rows_and_no_row_is_lost(admin: psycopg.Connection[Any]) -> None:
    rows = SQL("select n, repeat('x', n % 2000) from generate_series(1, 5_000) as n")
    found = list(postgres_copy.blocks(admin, rows))
    assert len(found) > 10
    assert all(block.endswith(b"\n") for block in found)
    assert [int(line.split(b"\t")[0]) for line in b"".join(found).splitlines()] == list(range(1, 5_001))


def test_who_stops_reading_does_not_wait_for_the_rest_and_the_source_stops_too(admin: psycopg.Connection[Any]) -> None:
    reading = postgres_copy.blocks(admin, MANY)
    assert next(reading).startswith(b"1\t")
    reading.close()  # type: ignore[attr-defined]
    assert admin.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert admin.execute("select 1").fetchone() == (1,)


def test_a_source_that_breaks_off_is_an_error_and_no_end(admin: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        list(postgres_copy.blocks(admin, SQL("select 1 / (400_000 - n) from generate_series(1, 400_000) as n")))
    assert admin.execute("select 1").fetchone() == (1,)
