"""What an erasure leaves: tombstones of records and identifiers, and marketing prohibitions, all without a value."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from rekisteri import connections, pseudonyms, retention, subjects
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.quarantine import belonging
from rekisteri.statements import load

KEY = pseudonyms.TOMBSTONE_KEY
_AT_ONCE = 10_000  # identifiers held in memory


def gather(conn: psycopg.Connection[Any]) -> None:
    """Put the identifiers of the records to erase into a work table, before they go; see ``leave``."""
    conn.execute(load("erasure/make_identifier"))
    for entity, column, format in belonging.about_somebody():
        register = retention.register(entity)
        statement = load("erasure/gather_identifiers", register=register, column=Identifier(column))
        conn.execute(statement, {"entity": entity, "format": format})
    conn.execute("analyze staging.erasure_identifier")


def keep_prohibitions(conn: psycopg.Connection[Any]) -> int:
    """Keep the marketing prohibitions of the records to erase as keyed hashes, for good (GDPR Art. 21(3)).

    Returns:
        Hashes kept.
    """
    parts = [
        SQL("select source, {} as entity, source_key, {} as format, {} as value from {} where {} is not null").format(
            Literal(entity), Literal(format), column, retention.register(entity), column
        )
        for entity, column, format in _identifiers()
        if entity in belonging.ABOUT_SOMEBODY and format != "y_tunnus"
    ]
    found = conn.execute(load("erasure/prohibitions", addresses=SQL(" union all ").join(parts))).fetchall()
    if not found:
        return 0
    key = connections.secret(KEY)
    kept = {
        "key_version": pseudonyms.KEY_VERSION,
        "channels": [row[0] for row in found],
        "tokens": [pseudonyms.token(key, row[1], row[2]) for row in found],
        "days": [row[3] for row in found],
    }
    return conn.execute(load("erasure/add_prohibitions"), kept).rowcount


def leave(conn: psycopg.Connection[Any], values: dict[str, Any]) -> tuple[int, int]:
    """Leave the tombstones of what was erased, after its records and links are gone.

    Args:
        conn: the pipeline's connection, in the erasure's transaction.
        values: checksum, night and review period.

    Returns:
        Tombstones of records, and of identifiers.
    """
    rows = conn.execute(load("erasure/add_row_tombstones"), values).rowcount
    identifiers = 0
    shared = {"shared_mailboxes": list(subjects.identity().shared_mailboxes)}
    with conn.cursor("vanished_identifiers") as gone:
        gone.execute(load("erasure/vanished_identifiers", carried=_carried()), shared)
        while found := gone.fetchmany(_AT_ONCE):
            identifiers += _add(conn, values, found)
    conn.execute(load("erasure/drop_identifier"))
    return rows, identifiers


def _add(conn: psycopg.Connection[Any], values: dict[str, Any], found: list[tuple[str, str]]) -> int:
    key = connections.secret(KEY)
    given = {
        "key_version": pseudonyms.KEY_VERSION,
        "formats": [format for format, _ in found],
        "tokens": [pseudonyms.token(key, format, value) for format, value in found],
    }
    return conn.execute(load("erasure/add_identifier_tombstones"), values | given).rowcount


def _carried() -> Composed:
    """Every identifier that the register holds, in any column that the model declares as one."""
    return SQL(" union all ").join(
        SQL("select {} as format, {} as value from {} where {} is not null").format(
            Literal(format), column, retention.register(entity), column
        )
        for entity, column, format in _identifiers()
    )


def _identifiers() -> Iterator[tuple[str, Identifier, str]]:
    for entity, table in ENTITIES.items():
        for column, said in pulled_columns(table).items():
            if said.format in belonging.IDENTIFIERS:
                yield entity, Identifier(column), said.format
