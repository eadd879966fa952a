"""What the two gates did in a night: which pulls came through, which rule refused what, whether it grows, what to do.

Read once for the pages and the command: counts, names of rules and ids, never what a row holds.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from rekisteri import inspection, sources
from rekisteri.gate_night import Night, RuleNight, SourceNight, State, Stop
from rekisteri.inspection import rows
from rekisteri.remedies import Remedy, explain
from rekisteri.trends import since, trend

_ENDED = ("merged", "recounted")
_SOURCE_OUTSIDE = Remedy(
    "The source's host, its processor or one of its sub-processors is outside the EU/EEA, or at a place that nobody "
    "knows: the source was not contacted.",
    "See the page on where data lives, or `rekisteri residency map`; have it moved, or correct the policy file.",
)
_NO_RULE = Remedy(
    "It stopped at a step, not by a rule: the source was down, a step failed, or a newer run took its place.",
    "Open the DAG run: the red task says what is wrong, and the DAG's documentation what to do.",
)

Key = tuple[str, str, str, str]
"""Source, entity, gate, rule."""


def read(night: date | None = None) -> Night | None:
    """Return what the gates did in a night; None before the first pull.

    Args:
        night: which; the newest where it is left out.

    Raises:
        WarehouseError: the warehouse cannot be asked.
        SourceDown: it does not answer.
    """
    with inspection.opened() as conn:
        night = night or rows(conn, "newest_night")[0]["night"]
        if night is None:
            return None
        found = rows(conn, "found", night=night, since=since(night))
        return Night(night, tuple(_sources(conn, night, found)), tuple(_rules(conn, night, found)))


def _sources(conn: psycopg.Connection[DictRow], night: date, found: list[DictRow]) -> Iterator[SourceNight]:
    stock: dict[str, dict[date, int]] = {}
    for row in rows(conn, "waiting_by_night", night=night, since=since(night)):
        stock.setdefault(row["source"], {})[row["night"]] = row["waiting"]
    stopping: dict[UUID, list[DictRow]] = {}
    for row in found:
        if row["stopped"]:
            stopping.setdefault(row["pull_id"], []).append(row)
    pulled = {row["source"]: row for row in rows(conn, "pulls", night=night)}
    declared = sources.read()
    for source in sorted({*pulled, *declared}):
        pull = pulled.get(source)
        state = _state(pull)
        numbers = ("read", "skipped", "merged", "unchanged", "quarantined", "suppressed", "waiting")
        yield SourceNight(
            source=source,
            title=declared[source].title if source in declared else source,
            state=state,
            night=pull["night"] if pull else None,
            run_id=pull["run_id"] if pull and pull["tonight"] else None,
            numbers={name: pull[name] if pull and state != "not pulled" else None for name in numbers},
            stops=tuple(_stops(pull, stopping)) if pull and state == "stopped" else (),
            trend=trend(stock.get(source, {}), night),
        )


def _state(row: DictRow | None) -> State:
    if row is None or not row["tonight"]:
        return "not pulled"
    if row["state"] in _ENDED:
        return "merged"
    return "under way" if row["worked_on"] else "stopped"


def _stops(pull: DictRow, stopping: Mapping[UUID, list[DictRow]]) -> Iterator[Stop]:
    for row in stopping.get(pull["pull_id"], ()):
        yield Stop(f"{row['entity']}, {row['rule']}", explain(row["rule"]), row["refused"], row["evaluated"])
    if not pull["inside"]:
        yield Stop("where the source is", _SOURCE_OUTSIDE)
    elif pull["pull_id"] not in stopping:
        yield Stop(f"after the step {pull['state']!r}", _NO_RULE)


def _rules(conn: psycopg.Connection[DictRow], night: date, found: list[DictRow]) -> list[RuleNight]:
    history: dict[Key, list[DictRow]] = {}
    for row in found:
        history.setdefault(_key(row), []).append(row)
    waiting = {_key(row): row for row in rows(conn, "waiting")}
    judged = [_rule(key, night, history.get(key, []), waiting.get(key)) for key in sorted({*history, *waiting})]
    # A rule that once refused something and of which nothing is left tells nothing tonight.
    telling = [one for one in judged if one.refused or one.waiting]
    return sorted(telling, key=lambda one: -max(one.waiting, one.refused or 0))


def _key(row: Mapping[str, Any]) -> Key:
    return row["source"], row["entity"], row["gate"], row["rule"]


def _rule(key: Key, night: date, history: list[DictRow], waiting: DictRow | None) -> RuleNight:
    source, entity, gate, rule = key
    last = history[-1] if history else None
    counts = {row["night"]: row["refused"] for row in history}
    # Where the gate has looked at the entity since without it, the rule is no longer asked and refuses nothing.
    if last and last["night"] < last["entity_looked_on"]:
        last = last | {"night": last["entity_looked_on"], "refused": 0, "evaluated": 0}
        counts[last["night"]] = 0
    return RuleNight(
        source=source,
        entity=entity,
        gate=gate,
        rule=rule,
        level=last["level"] if last else "row",
        severity=last["severity"] if last else "critical",
        refused=last["refused"] if last else None,
        evaluated=last["evaluated"] if last else None,
        looked_on=last["night"] if last else None,
        trend=trend(counts, night) if history else None,
        waiting=waiting["rows"] if waiting else 0,
        oldest=waiting["oldest"] if waiting else None,
        expires_on=waiting["expires_on"] if waiting else None,
        said=explain(rule),
    )
