"""What each task of ``ingest_<source>`` does, in order; each takes and gives only ids and counts."""

from datetime import date
from uuid import UUID

from rekisteri import audit, checked, connections, pulls, sources
from rekisteri.residency import gate


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
