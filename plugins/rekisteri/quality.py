"""The quality gate: Great Expectations gives verdict and counts, SQL moves the rows, and the two must agree."""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from rekisteri import acceptance, audit, data_docs, gate_history, judging, pull_rules, pulls
from rekisteri.counting import Counter
from rekisteri.errors import QualityRefused
from rekisteri.judging import Judged
from rekisteri.pulls import Pull
from rekisteri.staging import touched
from rekisteri.statements import load

GATE = "quality"
_log = logging.getLogger(__name__)


def check_quality(pull_id: UUID | str) -> dict[str, int]:
    """Judge a conformed pull's rows and set the refused ones apart.

    Args:
        pull_id: the pull.

    Returns:
        Rows refused by entity; empty when the source has nothing new.

    Raises:
        QualityRefused: a rule for the whole pull is broken (pull_rules), or an expectation that stops it; or Great
            Expectations and the database count a rule's broken rows differently, or an expectation itself failed: a
            gate that errs has refused.
        PolicyError: the source's expectations have a fault.
    """
    with pulls.opened(pull_id) as (conn, pull):
        if pull.is_past("checked"):
            return {}
        pull.require("conformed")
        pull_rules.require_sound(conn, pull)
        if not fresh_rows(conn, pull):
            pulls.reach(conn, pull, "checked")
            return {}
        counter = Counter(partial(data_docs.keep, conn, pull))
        judged: dict[str, Judged] = {}
        # In the model's order, parents first: a child's reference looks at which parents were refused.
        delivered = touched(conn, pull)
        for entity in delivered:
            judged[entity] = judging.judge(conn, pull, entity, delivered, counter)
        findings = [one for found in judged.values() for one in found.findings]
        broken = [
            acceptance.entry(pull, one)
            for found in judged.values()
            for one in found.findings
            if one.rule in found.stops
        ]
        if stops := [one.rule for one in findings if one.stopped]:
            # Kept though the step fails: the page must show what stopped the pull.
            with conn.transaction():
                gate_history.note_many(conn, pull, findings)
                audit.record_many(conn, broken)
            told = [why for found in judged.values() for rule, why in found.stops.items() if rule in stops]
            raise QualityRefused(_refusal(told, acceptance.way_through(pull, stops)))
        # All at once, with the state: killed before, the next try refuses the same rows and says so only once.
        with conn.transaction():
            pulls.reach(conn, pull, "checked")
            verdicts = [entry for found in judged.values() for entry in _verdicts(pull, found)]
            audit.record_many(conn, [*broken, *verdicts])
            gate_history.note_many(conn, pull, findings)
    for found in judged.values():
        for why in found.stops.values():
            _log.warning("%s; it was accepted for this pull", why)
    return {entity: found.refused for entity, found in judged.items()}


def fresh_rows(conn: psycopg.Connection[Any], pull: Pull) -> int:
    """Return how many of a pull's rows are new or changed."""
    row = conn.execute(load("pull/all_fresh"), {"pull_id": pull.pull_id}).fetchone()
    return int(row[0]) if row else 0


def _refusal(told: Iterable[str], way_through: str) -> str:
    mend = (
        "Mend the rows at the source and run the pull again, or change the expectation in that line and clear this task"
    )
    return "\n".join(
        [
            *(f"{why}; nothing was merged, the register is as it was" for why in told),
            f"{mend}. Where it is right as it is, let it through once: {way_through}",
        ]
    )


def _verdicts(pull: Pull, judged: Judged) -> list[audit.Entry]:
    return [
        audit.Entry(
            "rows_refused",
            pull_id=pull.pull_id,
            night=pull.night,
            source=pull.source,
            entity=found.entity,
            rule=found.rule,
            numbers={"evaluated": found.evaluated, "refused": found.refused},
        )
        for found in judged.findings
        if found.refused and found.rule in judged.refusing
    ]
