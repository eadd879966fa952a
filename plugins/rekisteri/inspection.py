"""The data protection officer's look at the warehouse: by that login, in one snapshot, read-only, and not for long."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.sql import Composable

from rekisteri import connections
from rekisteri.errors import WarehouseError
from rekisteri.statements import load

DPO = "warehouse_dpo"
SECONDS = 10
"""A statement that takes longer is given up: who looks must not hold up who works."""
_OPTIONS = f"-c default_transaction_read_only=on -c statement_timeout={SECONDS}s -c lock_timeout={SECONDS}s"


@contextmanager
def opened() -> Iterator[psycopg.Connection[DictRow]]:
    """Open the warehouse for a look: all that is read is of one moment.

    Raises:
        SetupError: no connection ``warehouse_dpo``.
        SourceDown: the warehouse does not answer.
        WarehouseError: it is not made yet, refuses, or takes too long.
    """
    level = psycopg.IsolationLevel.REPEATABLE_READ
    with connections.connect(DPO, row_factory=dict_row, options=_OPTIONS) as conn:
        try:
            conn.isolation_level = level
            yield conn
        except psycopg.errors.QueryCanceled:
            raise WarehouseError(
                f"connection {DPO!r}: the warehouse needs longer than {SECONDS} s to answer; look again when it has "
                "less to do"
            ) from None
        except psycopg.Error as error:
            raise WarehouseError(
                f"connection {DPO!r} refuses to tell (SQLSTATE {error.sqlstate or 'none'}); see that the warehouse is "
                "made and up to date: `rekisteri warehouse status` tells"
            ) from None


def rows(
    conn: psycopg.Connection[DictRow], statement: str, parts: Mapping[str, Composable] | None = None, /, **bound: Any
) -> list[DictRow]:
    """Return the rows of a statement of include/sql/pages.

    Args:
        conn: from :func:`opened`.
        statement: name of its file.
        parts: what its {places} are filled with.
        bound: its parameters.
    """
    return conn.execute(load(f"pages/{statement}", **parts or {}), bound or None).fetchall()
