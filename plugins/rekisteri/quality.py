"""The quality gate: Great Expectations gives verdict and counts, SQL moves the rows, and the two must agree."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from rekisteri import acceptance, audit, data_docs, expectations, gate_history, pull_rules, pulls
from rekisteri.counting import Counted, Counter
from rekisteri.errors import QualityRefused
from rekisteri.expectations import Expected
from rekisteri.gate_history import Finding, Level, Severity
from rekisteri.gate_relation import asked_of, make_gate, make_news
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.refusing import Breakable, refuse_counted
from rekisteri.staging import touched
from rekisteri.statements import load

GATE = "quality"
_log = logging.getLogger(__name__)
_TELLABLE = (
    "expect_table_row_count_to_be_between",
    "expect_table_row_count_to_equal",
    "expect_column_proportion_of_unique_values_to_be_between",
    "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_unique_value_count_to_be_between",
)
"""Expectations whose observed figure counts rows: it is no value of any of them."""


class Judged(NamedTuple):
    """What became of one entity."""

    refused: int
    findings: list[Finding]
    refusing: set[str]
    """The rules among them that refuse rows."""
    stops: dict[str, str]
    """Rules for the whole pull that it breaks, each with how far off it is."""


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
            judged[entity] = judge(conn, pull, entity, delivered, counter)
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


def judge(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, delivered: Collection[str], counter: Counter
) -> Judged:
    """Judge the conformed rows of one entity, and set the refused ones apart in staging; nothing else is written.

    Args:
        conn: the warehouse.
        pull: whose rows.
        entity: whose rows.
        delivered: the entities of which the pull read anything; those it refers to were judged before.
        counter: Great Expectations, which must see what this connection sees.

    Raises:
        QualityRefused: Great Expectations and the database count a rule's broken rows differently, or an expectation
            itself failed.
        PolicyError: the source's expectations have a fault.
    """
    began = perf_counter()
    asked = asked_of(conn, pull, entity)
    expected = expectations.expected(pull.source, entity)
    make_gate(conn, pull, entity, asked, delivered)
    together = any(one.of.consequence != "row" for one in expected)
    fresh = make_news(conn, pull, entity) if together else 0
    counted, conditions = counter.count(pull.source, entity, asked, expected, fresh)
    refusing: list[Breakable] = [*(rule for rule in asked if rule.refuses), *conditions]
    with conn.transaction():
        refused = refuse_counted(conn, pull, entity, refusing, counted) + deciding.apply(conn, pull.source, entity)
    # One pass judges all rules of an entity: what it took is each rule's.
    seconds = perf_counter() - began
    found = [_finding(entity, rule.name, "row", rule.severity, counted[rule.name], seconds) for rule in asked]
    stops = {one.of.rule: why for one in expected if (why := _stop(pull, entity, one, counted[one.of.rule]))}
    for one in expected:
        level: Level = "pull" if one.of.consequence == "pull" else "row"
        verdict = _finding(entity, one.of.rule, level, one.of.severity, counted[one.of.rule], seconds)
        stopped = one.of.rule in stops and not acceptance.is_accepted(pull, one.of.rule)
        found.append(replace(verdict, stopped=stopped))
    return Judged(refused, found, {rule.name for rule in refusing}, stops)


def fresh_rows(conn: psycopg.Connection[Any], pull: Pull) -> int:
    """Return how many of a pull's rows are new or changed."""
    row = conn.execute(load("pull/all_fresh"), {"pull_id": pull.pull_id}).fetchone()
    return int(row[0]) if row else 0


def _stop(pull: Pull, entity: str, one: Expected, found: Counted) -> str:
    """Return how far off a rule for the whole pull is; empty where it holds, or says nothing of so few rows."""
    if one.of.consequence != "pull" or found.success or not found.evaluated or found.evaluated < one.of.fewest_rows:
        return ""
    if found.whole:
        # A mean, a sum or a maximum may be what one person's row holds.
        told = f" found {found.observed:g}," if found.observed is not None and one.of.type in _TELLABLE else ""
        bounds = ", ".join(f"{k} {v}" for k, v in one.of.kwargs.items() if k not in ("column", "row_condition"))
        off = f"over {found.evaluated} rows{told} where {one.of.type} asks for {bounds}"
    else:
        allowed = 1 - float(one.of.kwargs.get("mostly", 1))
        off = f"{found.broken} of {found.evaluated} rows break it ({found.broken / max(found.evaluated, 1):.2%}), "
        off += f"at most {allowed:.2%} may"
    return f"{pull.source}.{entity}, rule {one.of.rule} ({one.where}): {off}"


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


def _finding(entity: str, rule: str, level: Level, severity: Severity, found: Counted, seconds: float) -> Finding:
    return Finding(entity, rule, "quality", level, severity, found.evaluated, found.broken, seconds)


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
