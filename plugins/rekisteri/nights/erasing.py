"""What the tasks of ``plan_erasure`` and ``erase`` do, and which night it is; only ids, dates and counts."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from rekisteri import audit, erasure, policy_events, sources, warehouse_version
from rekisteri.errors import ErasureRefused, WarehouseError
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


def expire_quarantine() -> int:
    """Empty the quarantined rows whose time is over, and write how many; return the count."""
    with warehouse_version.connect() as conn, conn.transaction():
        night = tonight(conn)
        expired = conn.execute(load("quarantine/expire"), {"night": night}).rowcount
        audit.record(conn, "quarantine_expired", night=night, rows=expired)
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
    """
    with warehouse_version.connect() as conn:
        return erasure.erase(conn, _given(checksum), tonight(conn), stores()).totals()


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
