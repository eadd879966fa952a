"""Legal holds: a named, dated stop on erasing a record's subject, a single record, or one case's recordings."""

from datetime import date
from typing import Any

import psycopg

from rekisteri import pulls, retention
from rekisteri.errors import ErasureRefused
from rekisteri.model import ENTITIES
from rekisteri.statements import load


def place(
    conn: psycopg.Connection[Any],
    name: str,
    *,
    source: str,
    entity: str,
    source_key: str,
    reason: str,
    staff: str,
    held_from: date,
    held_until: date | None = None,
    expected: bool = False,
) -> None:
    """Place a hold, or change the end of one; it ends by itself after ``held_until``.

    Args:
        conn: connection of the pipeline or the DPO.
        name: the hold's name, such as a matter's number.
        source: source of the record that it names.
        entity: customer, person or prospect hold all records of that subject; case holds its recordings too; any
            other entity holds that record and what refers to it.
        source_key: key of the record.
        reason: a code of lower-case letters and underscores, such as ``court_case``; no free text.
        staff: id of the member of staff who places it.
        held_from: first day.
        held_until: last day; open where left out.
        expected: the record may still come, with a later pull.

    Raises:
        ErasureRefused: there is no such entity or record, or the end is before the start.
    """
    if entity not in ENTITIES:
        raise ErasureRefused(f"the register has no entity {entity!r} to hold; write one of {', '.join(ENTITIES)}")
    if held_until is not None and held_until < held_from:
        raise ErasureRefused(f"hold until {held_until} ends before it starts on {held_from}; turn the dates")
    values = {
        "name": name, "source": source, "entity": entity, "source_key": source_key, "reason": reason, "staff": staff,
        "held_from": held_from, "held_until": held_until,
    }  # fmt: skip
    with pulls.without_values("legal hold"):
        found = conn.execute(load("erasure/is_held_record", register=retention.register(entity)), values).fetchone()
        if not expected and (found is None or not found[0]):
            raise ErasureRefused(f"the register has no such {entity} of {source}; see that source and key are right")
        conn.execute(load("erasure/place_hold"), values)


def end(conn: psycopg.Connection[Any], name: str, ended_on: date) -> int:
    """End a hold on a day: from then on it holds nothing. Return the records that it named."""
    with pulls.without_values("legal hold"):
        return conn.execute(load("erasure/end_hold"), {"name": name, "ended_on": ended_on}).rowcount
