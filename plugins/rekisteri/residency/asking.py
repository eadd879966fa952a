"""Who is asked for a consent to one record outside, by reading alone: what ``consents.match`` asks of all at once.

For people who want to know why a row waits: it works by any login that may read the register, in a read-only
transaction. That both ask the same persons is tested over all their cases.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL

from rekisteri.residency import consents
from rekisteri.statements import load

_WANTED = SQL("select unnest(%(wanted)s::text[])")


@dataclass(frozen=True)
class Asked:
    """Those whose consent a record needs, by their keys in its source."""

    persons: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    """Customers who are persons."""
    lost: tuple[str, ...] = ()
    """What the record leads to and what is not there, entity and key: it could be about anybody."""


def asked(conn: psycopg.Connection[Any], source: str, entity: str, cells: Mapping[str, str | None]) -> Asked:
    """Return who is asked for a record.

    Args:
        conn: any login that may read the register.
        source: of the record.
        entity: of the record.
        cells: what it refers to, by column.
    """
    named: dict[str, set[str]] = defaultdict(set)
    lost: list[str] = []
    alone: set[str] = set()
    companies: set[str] = set()
    reached = {entity}
    for one in consents.way(entity):
        if one == entity:
            found: Sequence[Mapping[str, Any]] = [cells]
        else:
            found = _held(conn, source, one, "source_key", named[one])
            lost += [f"{one} {key}" for key in sorted(named[one] - {row["source_key"] for row in found})]
        for column, parent in consents.references(one):
            named[parent] |= {key for row in found if (key := row.get(column))}
            reached.add(parent)
        if one == "customer":
            alone = {row["source_key"] for row in found if row["kind"] == "person"}
            companies = {row["source_key"] for row in found} - alone
    persons = set(named["person"])
    if "person" not in reached:
        for tie in consents.ties():
            persons |= {row["person_key"] for row in _held(conn, source, tie, "customer_key", companies)}
    return Asked(tuple(sorted(persons)), tuple(sorted(alone)), tuple(lost))


def _held(
    conn: psycopg.Connection[Any], source: str, entity: str, column: str, wanted: Iterable[str]
) -> list[dict[str, Any]]:
    if not (keys := sorted(wanted)):
        return []
    statement = load("residency/records_of", records=consents.held(entity, column, _WANTED))
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, {"source": source, "wanted": keys}).fetchall()
