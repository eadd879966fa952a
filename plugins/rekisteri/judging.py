"""Judging one entity's rows: what Great Expectations counts, which rows are refused, and what may not go on."""

from collections.abc import Collection
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import psycopg

from rekisteri import acceptance, expectations
from rekisteri.counting import Counted, Counter
from rekisteri.expectations import Expected
from rekisteri.gate_history import Finding, Level, Severity
from rekisteri.gate_relation import asked_of, make_gate, make_news
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.refusing import Breakable, refuse_counted

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
    # A condition is Great Expectations' own: where that counts no row, there is none to look for.
    broken = [one for one in conditions if counted[one.name].broken]
    refusing: list[Breakable] = [*(rule for rule in asked if rule.refuses), *broken]
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
        found.append(replace(verdict, stopped=stopped, told=stops.get(one.of.rule, "")))
    return Judged(refused, found, {rule.name for rule in refusing}, stops)


def _stop(pull: Pull, entity: str, one: Expected, found: Counted) -> str:
    """Return how far off a rule for the whole pull is; empty where it holds, or says nothing of so few rows."""
    if one.of.consequence != "pull" or found.success or not found.evaluated or found.evaluated < one.of.fewest_rows:
        return ""
    if found.whole:
        # A mean, a sum or a maximum may be what one person's row holds.
        told = f" found {found.observed:g}," if found.observed is not None and one.of.type in _TELLABLE else ""
        # A text may be a name: the file's line tells it.
        bounds = ", ".join(f"{k} {v}" for k, v in one.of.kwargs.items() if isinstance(v, int | float)) or "otherwise"
        off = f"over {found.evaluated} rows{told} where {one.of.type} asks for {bounds}"
    else:
        allowed = 1 - float(one.of.kwargs.get("mostly", 1))
        off = f"{found.broken} of {found.evaluated} rows break it ({found.broken / max(found.evaluated, 1):.2%}), "
        off += f"at most {allowed:.2%} may"
    return f"{pull.source}.{entity}, rule {one.of.rule} ({one.where}): {off}"


def _finding(entity: str, rule: str, level: Level, severity: Severity, found: Counted, seconds: float) -> Finding:
    return Finding(entity, rule, "quality", level, severity, found.evaluated, found.broken, seconds)
