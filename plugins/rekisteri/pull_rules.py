"""Rules of the quality gate that stop a whole pull: nothing of it is merged and the register stays as it was.

    vanished        more is gone at the source than sources.yaml allows (vanishing)
    volume          an entity's rows are far more or fewer than usual (volumes)
    count:rows      the source sent other rows than it counted (totals)
    total:<column>  what arrived of a column of money has another sum than at the source (totals)
    fresh:<column>  the newest moment at the source is older than quality.yaml allows (freshness)
    quiet           nothing has changed at the source for longer than usual: said, and not stopped (freshness)
    nulls:<column>  a column has lost its values (null_rates)

All are asked before any is told, so that a person sees all that is wrong at once. What they find is kept in
quarantine.gate_night and, where one stopped the pull or was accepted, in the audit, committed before the pull stops.
"""

import logging
from collections.abc import Iterator
from typing import Any

import psycopg

from rekisteri import acceptance, audit, freshness, gate_history, null_rates, quality_policy, totals, vanishing, volumes
from rekisteri.errors import QualityRefused
from rekisteri.gate_history import Finding
from rekisteri.pulls import Pull
from rekisteri.staging import touched
from rekisteri.statements import load
from rekisteri.verdicts import Verdict

_log = logging.getLogger(__name__)


def require_sound(conn: psycopg.Connection[Any], pull: Pull) -> None:
    """Refuse a pull that breaks a rule for whole pulls which nobody has accepted.

    Raises:
        QualityRefused: with a sentence for each such rule: which, how far off, and what to do.
        PolicyError: quality.yaml has a fault.
    """
    verdicts = list(_judged(conn, pull))
    stops = [one for one in verdicts if one.stops and not acceptance.is_accepted(pull, one.rule)]
    found = [(one, _finding(one, one in stops)) for one in verdicts]
    with conn.transaction():
        conn.execute(load("gates/forget"), {"pull_id": pull.pull_id})
        gate_history.note_many(conn, pull, [finding for _, finding in found])
        audit.record_many(conn, [acceptance.entry(pull, finding) for one, finding in found if one.stops])
    for one in verdicts:
        if one.sentence and one not in stops:
            _log.warning("%s", one.told(pull.source))
    if stops:
        raise QualityRefused(
            f"{'; '.join(one.told(pull.source) for one in stops)}. Nothing was merged and the register is as it was. "
            f"Where it is right as it is, {acceptance.way_through(pull, [one.rule for one in stops])}"
        )


def _judged(conn: psycopg.Connection[Any], pull: Pull) -> Iterator[Verdict]:
    limits = quality_policy.read()
    # Rows that a crash took would look like a source that sends other rows than it counted.
    touched(conn, pull)
    yield from vanishing.judge(conn, pull)
    yield from totals.judge(conn, pull)
    yield from volumes.judge(conn, pull, limits)
    yield from null_rates.judge(conn, pull, limits)
    yield from freshness.judge(conn, pull, limits)


def _finding(verdict: Verdict, stopped: bool) -> Finding:
    return Finding(
        entity=verdict.entity,
        rule=verdict.rule,
        gate="quality",
        level="pull",
        severity=verdict.severity,
        evaluated=verdict.evaluated,
        refused=verdict.off,
        seconds=verdict.seconds,
        stopped=stopped,
        told=verdict.how_far,
    )
