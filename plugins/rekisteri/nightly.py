"""What the tasks of the DAGs do, in the order of a night; each takes and gives only ids, dates and counts."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from rekisteri import audit, checked, connections, erasure, pseudonyms, publication, pulls, sources, subjects
from rekisteri.errors import ErasureRefused, WarehouseError
from rekisteri.residency import gate
from rekisteri.statements import load


def open_pull(source: str, night: date, run_id: str) -> str:
    """Check the source's declaration and where it is, before it is contacted; return the pull's id.

    Raises:
        PolicyError: an extract or a policy entry has a fault.
        ResidencyRefused: the source, its processor or a sub-processor is outside the EU/EEA.
    """
    sources.require_sound(source)
    with connections.connect("warehouse", autocommit=True) as conn:
        pull = pulls.get(conn, pulls.begin(conn, source, night, run_id))
        audit.record(conn, "pull_started", pull_id=pull.pull_id, night=night, source=source)
        gate.admit_source(conn, pull)
    return str(pull.pull_id)


def conform(pull_id: UUID | str) -> int:
    """Compare what arrived with what is held, and conform what is new; return the fresh rows."""
    with pulls.opened(pull_id) as (conn, pull), conn.transaction():
        if pull.is_past("conformed"):
            return 0
        fresh = sum(checked.compare(conn, pull, entity) for entity in sources.entities(pull.source))
        if fresh:
            checked.conform_pull(conn, pull)
        pulls.reach(conn, pull, "conformed")
    return fresh


def link_subjects(pull_id: UUID | str) -> dict[str, int]:
    """Say who is who after a merge; return the counts."""
    with connections.connect("warehouse", autocommit=True) as conn:
        pull = pulls.get(conn, pull_id)
        with pulls.without_values("who is who"):
            return subjects.link(conn, pull.night, pull.pull_id)


def pulls_under_way() -> int:
    """Return how many pulls have begun and neither ended nor been left alone for two hours."""
    with connections.connect("warehouse", autocommit=True) as conn:
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
    with connections.connect("warehouse", autocommit=True) as conn, conn.transaction():
        night = tonight(conn)
        expired = conn.execute(load("quarantine/expire"), {"night": night}).rowcount
        audit.record(conn, "quarantine_expired", night=night, rows=expired)
    return expired


def plan_erasure() -> dict[str, Any]:
    """Write the plan of what is due; return its checksum and counts."""
    with connections.connect("warehouse", autocommit=True) as conn:
        return asdict(erasure.plan(conn, tonight(conn)))


def erase(checksum: str | None) -> dict[str, int]:
    """Carry out an approved plan; return what it did, in records.

    Raises:
        ErasureRefused: no approval of exactly this plan is in the audit.
    """
    with connections.connect("warehouse", autocommit=True) as conn:
        return erasure.erase(conn, _given(checksum), tonight(conn), stores()).totals()


def verify_erasure(checksum: str | None) -> dict[str, int]:
    """Look again for what was erased, and write the certificate.

    Raises:
        ErasureRefused: something is still there.
    """
    with connections.connect("warehouse", autocommit=True) as conn:
        return erasure.verify(conn, _given(checksum), stores(), tonight(conn))


def stores() -> dict[str, Path]:
    """Return the folders of the sources' object stores."""
    return {name: one.media_folder for name, one in sources.read().items() if one.media_folder}


def give_pseudonyms() -> int:
    """Give a pseudonym to each subject that lacks one; return how many."""
    with connections.connect("warehouse", autocommit=True) as conn, pulls.without_values("giving pseudonyms"):
        return pseudonyms.assign(conn)


def publish() -> dict[str, int]:
    """Publish the analyst tables; return their rows."""
    with connections.connect("warehouse", autocommit=True) as conn, pulls.without_values("publishing"):
        made = publication.publish(conn, tonight(conn))
        audit.keep_head(conn)
    return {one.table: one.rows for one in made}


def _given(checksum: str | None) -> str:
    if not checksum:
        raise ErasureRefused(
            "no plan's checksum came from the approval task: marking it a success is not an approval; "
            "clear it and answer under Required Actions"
        )
    return checksum
