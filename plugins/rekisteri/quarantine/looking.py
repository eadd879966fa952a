"""What waits in quarantine, shown: rows by their keys and rules, and what people decided of such rows.

What a row holds is shown to an approver only, which is noted.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from rekisteri import audit, held_records, pulls, retention
from rekisteri.errors import DecisionRefused
from rekisteri.quarantine import deciding
from rekisteri.statements import load

NAMED = 50
"""Rows that wait for one which are named; the rest is counted."""


def listed(
    conn: psycopg.Connection[Any],
    *,
    rule: str | None = None,
    source: str | None = None,
    entity: str | None = None,
    older_than: int | None = None,
    on: date | None = None,
    ids: Sequence[int] | None = None,
    rejected: bool = False,
) -> list[dict[str, Any]]:
    """Return rows in quarantine, without what they hold: keys, rules, days, state, and the record they wait for.

    ``held`` says whether the register holds an older version of the row, which came in before, or nothing of it.

    Args:
        conn: any login that may read quarantine and register.
        rule: only what this rule refuses, by name (``required:name``) or kind (``required``).
        source: only of this source.
        entity: only of this entity.
        older_than: only what was first refused more than so many days before ``on``.
        on: the day.
        ids: only these rows.
        rejected: also those that a person rejected.
    """
    before = on - timedelta(days=older_than) if on and older_than is not None else None
    bound = {
        "rule": rule, "source": source, "entity": entity, "before": before, "rejected": rejected,
        "ids": None if ids is None else list(ids), **_references(),
    }  # fmt: skip
    with pulls.without_values("quarantine"), conn.cursor(row_factory=dict_row) as cursor:
        statement = load("status/quarantined", registers=held_records.relation())
        return cursor.execute(statement, bound).fetchall()


class WaitedForBy(NamedTuple):
    """What waits for a row in quarantine."""

    rows: list[dict[str, Any]]
    """The first of them: id, source, entity, source_key, rules; never what they hold."""
    total: int


def waited_for_by(conn: psycopg.Connection[Any], quarantine_id: int) -> WaitedForBy:
    """Return the rows that wait for the record of one in quarantine, directly or for one that does.

    Whatever lets that row in, they are judged again with it; their other rules still refuse them.

    Args:
        conn: any login that may read quarantine.
        quarantine_id: the row's number.
    """
    bound = {"quarantine_id": quarantine_id, "most": NAMED, **_references()}
    with pulls.without_values("quarantine"), conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(load("status/waited_for_by"), bound).fetchall()
    totals = {row.pop("total") for row in found}
    return WaitedForBy(found, totals.pop() if totals else 0)


def _references() -> dict[str, list[str]]:
    references = list(retention.references())
    return {
        "entities": [one for one, _, _ in references],
        "columns": [one for _, one, _ in references],
        "parents": [one for _, _, one in references],
    }


def decided(
    conn: psycopg.Connection[Any], *, source: str | None = None, entity: str | None = None, most: int | None = None
) -> list[dict[str, Any]]:
    """Return what people decided of refused rows and still holds, the newest first: keys, codes, staff ids and days.

    Args:
        conn: any login that may read quarantine.
        source: only of this source.
        entity: only of this entity.
        most: only so many.
    """
    bound = {"source": source, "entity": entity, "most": most}
    with pulls.without_values("decisions on quarantined rows"), conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load("status/decided"), bound).fetchall()


def find(conn: psycopg.Connection[Any], source: str, entity: str, source_key: str) -> int:
    """Return the number of the row in quarantine that has a key.

    Args:
        conn: any login that may read quarantine.
        source: of the row.
        entity: of the row.
        source_key: its key.

    Raises:
        DecisionRefused: there is none, or the source gives the key to several.
    """
    bound = {"source": source, "entity": entity, "source_key": source_key}
    found = [row[0] for row in conn.execute(load("quarantine/by_key"), bound)]
    if not found:
        raise DecisionRefused(
            f"no row of {source}.{entity} with this key is in quarantine: it came in, its source sends it no more, or "
            f"it never waited; `rekisteri quarantine list --source {source} --entity {entity}` lists those that are, "
            "`rekisteri quarantine decided` those that a person let in"
        )
    if len(found) > 1:
        raise DecisionRefused(
            f"{len(found)} rows of {source}.{entity} with this key are in quarantine; name one by its number: "
            + ", ".join(map(str, found))
        )
    return int(found[0])


def values(conn: psycopg.Connection[Any], quarantine_id: int, *, staff: str, on: date) -> dict[str, str | None]:
    """Return what a quarantined row holds, and note who looked.

    Args:
        conn: connection of the data protection officer, with no transaction open.
        quarantine_id: the row's number.
        staff: id of the approver who looks.
        on: the day.

    Returns:
        Column to text, as it arrived; personal identity codes are not in it.

    Raises:
        DecisionRefused: no approver asks, there is no such row, or its content is gone.
    """
    deciding.require_approver(staff)
    with pulls.without_values("quarantine"):
        row = deciding.one(conn, quarantine_id)
        with conn.transaction():
            found = conn.execute(load("quarantine/values"), {"quarantine_id": quarantine_id}).fetchone()
            if found is None or found[0] is None:
                raise DecisionRefused(
                    f"quarantined row {quarantine_id} was emptied: {row['decision'] or 'its time is over'}"
                )
            audit.record(
                conn, "quarantine_viewed", night=on, source=row["source"], entity=row["entity"], staff=staff,
                columns=len(found[0]),
            )  # fmt: skip
        audit.keep_head(conn)
    return dict(found[0])
