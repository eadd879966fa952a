"""What the tasks of ``ingest_<source>`` do; each takes and gives only ids and counts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from rekisteri import (
    audit,
    comparison,
    connections,
    policy_events,
    pulls,
    sources,
    staging,
    vanishing,
    warehouse_version,
)
from rekisteri.residency import admission, reconsidered
from rekisteri.statements import load

PATIENCE = timedelta(hours=2)
"""How long a source waits for one that it comes after and that has not begun."""


def may_begin(source: str, night: date, since: datetime) -> bool:
    """Return whether the night's pull of each source that this one comes after has ended, well or not.

    Args:
        source: name in sources.yaml.
        night: date that the pull is for.
        since: when the wait began. After ``PATIENCE`` only a pull that is under way is waited for.
    """
    bound = {
        "sources": list(sources.named(source).after),
        "night": night,
        "patient": datetime.now(UTC) - since < PATIENCE,
    }
    with warehouse_version.connect() as conn:
        return not conn.execute(load("pull/awaited"), bound).fetchall()


def open_pull(
    source: str,
    night: date,
    run_id: str,
    full: bool = False,
    accepted: Sequence[str] | None = None,
    staff: str | None = None,
) -> str:
    """Check the source's declaration and where it is, before it is contacted; return the pull's id.

    Then its tables are compared with how they were last seen (see :mod:`rekisteri.drift`).

    Args:
        source: name in sources.yaml.
        night: date that the pull is for.
        run_id: the DAG run's id.
        full: read everything, whatever is known of the source.
        accepted: names of the rules for whole pulls that this one may break.
        staff: id of the member of staff who lets it break them, where known.

    Raises:
        WarehouseOutdated: the warehouse is of another version than this code.
        PolicyError: an extract or a policy entry has a fault, or no rule of a name that is accepted stops a pull.
        ResidencyRefused: the warehouse, the source, its object store or a processor of theirs is outside the EU/EEA.
    """
    from rekisteri import acceptance, drift, extracts, quality_checks

    with warehouse_version.connect() as conn:
        policy_events.note(conn, night)
        extracts.require_sound(source)
        quality_checks.require_sound(source)
        accepted = accepted or ()
        acceptance.require_names(source, accepted)
        admission.admit_warehouse(conn, night)
        pull = pulls.get(conn, pulls.begin(conn, source, night, run_id, full, accepted))
        audit.record(conn, "pull_started", pull_id=pull.pull_id, night=night, source=source)
        audit.record_many(conn, acceptance.asked(pull, staff))
        admission.admit_source(conn, source, pull.night, pull.pull_id)
        admission.admit_object_store(conn, source, pull.night)
        drift.look(conn, pull)
        reconsidered.find(conn, pull)
        pulls.reach(conn, pull, "admitted")
    return str(pull.pull_id)


def give_up(source: str, run_id: str) -> None:
    """Note that a DAG run has failed for good, so that the plan of erasure does not wait for its pull.

    How far the pull came stays: a task that is cleared goes on from there.
    """
    with connections.connect("warehouse", autocommit=True) as conn:
        ended = conn.execute(load("pull/give_up"), {"source": source, "run_id": run_id}).fetchone()
        if ended:
            audit.record(conn, "pull_refused", pull_id=ended[0], night=ended[1], source=source)


def conform(pull_id: UUID | str) -> int:
    """Compare what arrived with what is held, and conform what is new; return the fresh rows."""
    with pulls.opened(pull_id) as (conn, pull), conn.transaction():
        if pull.is_past("conformed"):
            return 0
        pull.require("extracted")
        compared = {}
        for entity, arrival in staging.arrivals(conn, pull).items():
            if arrival.part != "same":
                compared[entity] = found = comparison.compare(conn, pull, entity, arrival)
                conn.execute(load("pull/fresh"), {"pull_id": pull_id, "entity": entity, "fresh": found.fresh})
                vanishing.find(conn, pull, entity, arrival, found)
        fresh = sum(found.fresh for found in compared.values())
        if fresh:
            # Brings in pandas and the format libraries: only for a source with something new.
            from rekisteri import checked

            checked.conform_pull(conn, pull, compared)
        pulls.reach(conn, pull, "conformed")
    return fresh


def link_subjects(pull_id: UUID | str) -> dict[str, int]:
    """Say who is who after a merge; return the counts."""
    from rekisteri import subjects

    with warehouse_version.connect() as conn:
        pull = pulls.get(conn, pull_id)
        with pulls.without_values("who is who"):
            return subjects.link(conn, pull.night, pull.pull_id)
