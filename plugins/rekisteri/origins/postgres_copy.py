"""COPY out of a PostgreSQL source, in blocks of rows."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from psycopg.sql import SQL, Composable
from psycopg.waiting import Wait

_BLOCK = 65_536
"""Bytes that are passed on at a time."""


def blocks(conn: psycopg.Connection[Any], query: Composable) -> Iterator[bytes]:
    """Yield what a query delivers as blocks of whole rows of COPY text.

    Args:
        conn: the source.
        query: what to read.

    Raises:
        psycopg.Error: the source refuses it, breaks it off or went away.
    """
    ended = False
    with conn.cursor().copy(SQL("copy (\n{}\n) to stdout").format(query)):
        while not ended:
            block, ended = conn.wait(_block(conn.pgconn))
            if block:
                yield block


def _block(connection: PGconn) -> PQGen[tuple[bytes, bool]]:
    """Wait for the next rows; say whether they are the last, which only the server's own word tells.

    A message is one row: to wait for each by itself, as psycopg's own loop does, costs as much again as what it holds.
    """
    block = bytearray()
    while len(block) < _BLOCK:
        size, row = connection.get_copy_data(1)
        if size > 0:
            block += row
        elif size == 0:
            while not (yield Wait.R):
                pass
            connection.consume_input()
        else:
            (result,) = yield from fetch_many(connection)
            if result.status != ExecStatus.COMMAND_OK:
                raise psycopg.errors.error_from_result(result)
            return bytes(block), True
    return bytes(block), False
