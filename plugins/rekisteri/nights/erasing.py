"""What the tasks of ``plan_erasure`` and ``erase`` do, and which night it is; only ids, dates and counts."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from rekisteri import audit, erasure, policy_events, retention_policy, sources, warehouse_version
from rekisteri.errors import ErasureRefused, ResidencyRefused, WarehouseError
from rekisteri.residency import admission
from rekisteri.statements import load


def pulls_under_way() -> int:
    """Return how many pulls have begun and neither ended nor been left alone for two hours."""
    with warehouse_version.connect() as conn:
        row = conn.execute(load("pull/under_way")).fetchone()
    return int(row[0]) if row else 0


def tonight(conn: psycopg.Connection[Any]) -> date:
    """Return the night of the newest pull that came to its end.

    Raises:
        WarehouseError: nothing was ever pulled.
    """
    row = conn.execute(load("pull/newest_night")).fetchone()
    if row is None or row[0] is None:
        raise WarehouseError("no pull has come to its end yet; run ingest_<source> first")
    night: date = row[0]
    return night


def expire_quarantine(night: date | None = None) -> int:
    """Empty the quarantined rows whose time is over, and write how many; return the count.

    Args:
        night: the night that it is. Where left out, that of the newest pull that came to its end and the days that have
            passed since: a row's days go on while its source is down.
    """
    with warehouse_version.connect() as conn:
        with conn.transaction():
            by_now = conn.execute(load("pull/night_by_now")).fetchone()
            # The night asked for, unless a later one was pulled already.
            nights: list[date] = [one for one in (night, by_now and by_now[0]) if one]
            if not nights:
                return 0
            bound = {"night": max(nights), "keep": retention_policy.read().quarantine}
            expired = conn.execute(load("quarantine/expire"), bound).rowcount
            audit.record(conn, "quarantine_expired", night=max(nights), rows=expired)
        audit.keep_head(conn)
    return expired


def plan_erasure() -> dict[str, Any]:
    """Write the plan of what is due; return its checksum and counts."""
    with warehouse_version.connect() as conn:
        policy_events.note(conn, night := tonight(conn))
        return asdict(erasure.plan(conn, night))


def erase(checksum: str | None) -> dict[str, int]:
    """Carry out an approved plan; return what it did, in records.

    Raises:
        ErasureRefused: no approval of exactly this plan is in the audit.
        ResidencyRefused: the warehouse is outside the EU/EEA.
    """
    with warehouse_version.connect() as conn:
        night = tonight(conn)
        admission.admit_warehouse(conn, night)
        for source in sources.read():
            # What is destroyed where it must not be is no transfer: the verdict is written and holds nothing back.
            with suppress(ResidencyRefused):
                admission.admit_object_store(conn, source, night)
        return erasure.erase(conn, _given(checksum), night, stores()).totals()


def pulls_to_wait_for(checksum: str | None, begun: datetime) -> int:
    """Return how many pulls of a plan's sources are under way, and to be waited for before it is carried out.

    Args:
        checksum: the plan's.
        begun: when the wait began at the earliest; two hours from it, or from the approval, none is waited for.
    """
    with warehouse_version.connect() as conn:
        row = conn.execute(load("erasure/under_way"), {"checksum": checksum, "begun": begun}).fetchone()
    return int(row[0]) if row else 0


def only_waits(checksum: str | None, done: Mapping[str, int] | None) -> bool:
    """Return whether nothing of a plan was ever erased or restricted, as what is still due waits for its sources.

    Args:
        checksum: the plan's.
        done: what ``erase`` returned; None where it was not run.
    """
    if not done or not done["waiting"]:
        return False
    with warehouse_version.connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(load("erasure/done_items"), {"checksum": checksum}).fetchone() or {}
    return not found.get("erased") and not found.get("restricted")


def verify_erasure(checksum: str | None) -> dict[str, int]:
    """Look again for what was erased, and write the certificate.

    Raises:
        ErasureRefused: something is still there.
    """
    with warehouse_version.connect() as conn:
        return erasure.verify(conn, _given(checksum), stores(), tonight(conn))


def stores() -> dict[str, Path]:
    """Return the folders of the sources' object stores."""
    return {name: one.media_folder for name, one in sources.read().items() if one.media_folder}


def _given(checksum: str | None) -> str:
    if not checksum:
        raise ErasureRefused(
            "no plan's checksum came from the approval task: marking it a success is not an approval; "
            "clear it and answer under Required Actions"
        )
    return checksum
