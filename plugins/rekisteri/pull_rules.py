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
import re
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from rekisteri import audit, freshness, gate_history, null_rates, quality_policy, totals, vanishing, volumes
from rekisteri.errors import PolicyError, QualityRefused
from rekisteri.gate_history import Finding
from rekisteri.pulls import Pull
from rekisteri.staging import touched
from rekisteri.statements import load
from rekisteri.verdicts import Verdict

_log = logging.getLogger(__name__)
_ACCEPTED = re.compile(r"vanished|volume|count:rows|(?:total|fresh|nulls)(?::[a-z_]+)?")


def require_sound(conn: psycopg.Connection[Any], pull: Pull) -> None:
    """Refuse a pull that breaks a rule for whole pulls which nobody has accepted.

    Raises:
        QualityRefused: with a sentence for each such rule: which, how far off, and what to do.
        PolicyError: quality.yaml has a fault.
    """
    verdicts = list(_judged(conn, pull))
    stops = [one for one in verdicts if one.stops and not is_accepted(pull, one.rule)]
    let_through = [one for one in verdicts if one.stops and is_accepted(pull, one.rule)]
    with conn.transaction():
        conn.execute(load("gates/forget"), {"pull_id": pull.pull_id})
        gate_history.note_many(conn, pull, [_finding(one, one in stops) for one in verdicts])
        audit.record_many(
            conn,
            [
                *(_entry(pull, "pull_stopped", one) for one in stops),
                *(_entry(pull, "stop_accepted", one) for one in let_through),
            ],
        )
    for one in verdicts:
        if one.sentence and one not in stops:
            _log.warning("%s", one.told(pull.source))
    if stops:
        rules = ", ".join(sorted({f'"{one.rule}"' for one in stops}))
        raise QualityRefused(
            f"{'; '.join(one.told(pull.source) for one in stops)}. Nothing was merged and the register is as it was. "
            f"Where it is right as it is, trigger the DAG with accept: [{rules}]"
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


def is_accepted(pull: Pull, rule: str) -> bool:
    """Return whether a person lets a pull break a rule: by its name, or by that of all of its kind (``nulls``)."""
    return rule in pull.accepted or rule.partition(":")[0] in pull.accepted


def require_names(accepted: Sequence[str]) -> None:
    """Refuse the name of a rule that there is not: a typing error would accept nothing.

    Raises:
        PolicyError: one of them is none.
    """
    for n, name in enumerate(accepted, 1):
        if not _ACCEPTED.fullmatch(name):
            raise PolicyError(
                f"accept: name {n} of {len(accepted)} is no rule that stops a pull; write it as the refusal does: "
                "vanished, volume, count:rows, total:<column>, fresh:<column> or nulls:<column>"
            )


def asked(pull: Pull, staff: str | None) -> list[audit.Entry]:
    """Return the evidence of what a person lets a pull break, before it is known whether it does.

    Args:
        pull: as it was begun.
        staff: who; left out where it is no staff id.
    """
    staff = staff if staff and audit.is_staff(staff) else None
    return [
        audit.Entry("stop_accepted", pull.pull_id, pull.night, pull.source, rule=rule, staff=staff)
        for rule in pull.accepted
    ]


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
    )


def _entry(pull: Pull, kind: audit.Kind, verdict: Verdict) -> audit.Entry:
    return audit.Entry(
        kind,
        pull_id=pull.pull_id,
        night=pull.night,
        source=pull.source,
        entity=verdict.entity,
        rule=verdict.rule,
        numbers={"evaluated": verdict.evaluated, "off": verdict.off},
    )
