"""What each rule of the two gates refused by a night, whether it grows, and what of it waits now."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import DictRow

from rekisteri import expectations, sources
from rekisteri.gate_night import RuleNight
from rekisteri.inspection import rows
from rekisteri.remedies import explain
from rekisteri.trends import trend

Key = tuple[str, str, str, str]
"""Source, entity, gate, rule."""


def read(
    conn: psycopg.Connection[DictRow],
    night: date,
    found: list[DictRow],
    nights: Mapping[str, Mapping[str, set[date]]],
) -> list[RuleNight]:
    """Return the rules that refused something by a night, or of which rows wait now; the one with most rows first.

    Args:
        conn: from ``inspection.opened``.
        night: which.
        found: what each rule found on the nights until then.
        nights: by a rule's level, on which of them a rule of it was asked of each source.
    """
    history: dict[Key, list[DictRow]] = {}
    for row in found:
        history.setdefault(_key(row), []).append(row)
    waiting = {_key(row): row for row in rows(conn, "waiting")}
    noted = _noted()
    judged = [
        _rule(key, night, history.get(key, []), waiting.get(key), nights, noted) for key in sorted({*history, *waiting})
    ]
    # A rule that once refused something and of which nothing is left tells nothing tonight.
    telling = [one for one in judged if one.refused or one.waiting]
    return sorted(telling, key=lambda one: -max(one.waiting, one.refused or 0))


def _key(row: Mapping[str, Any]) -> Key:
    return row["source"], row["entity"], row["gate"], row["rule"]


def _noted() -> set[tuple[str, str, str]]:
    """Return source, entity and name of the rules that are declared to be counted only."""
    found: set[tuple[str, str, str]] = set()
    for source in sources.read():
        told = expectations.read(source)
        for entity, listed in told.expectations.items():
            found |= {(source, entity, one.rule) for one in listed if one.consequence == "note"}
        for entity, ties in told.known_elsewhere.items():
            found |= {(source, entity, one.rule.name) for one in ties if one.consequence == "note"}
    return found


def _rule(
    key: Key,
    night: date,
    history: list[DictRow],
    waiting: DictRow | None,
    nights: Mapping[str, Mapping[str, set[date]]],
    noted: set[tuple[str, str, str]],
) -> RuleNight:
    source, entity, gate, rule = key
    last = history[-1] if history else None
    counts = {row["night"]: row["refused"] for row in history}
    # Where the gate has looked at the entity since without it, the rule is no longer asked and refuses nothing.
    if last and last["night"] < last["entity_looked_on"]:
        last = last | {"night": last["entity_looked_on"], "refused": 0, "evaluated": 0}
        counts[last["night"]] = 0
    asked = nights[last["level"] if last else "row"].get(source, set())
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
        trend=trend(counts, night, asked) if history else None,
        waiting=waiting["rows"] if waiting else 0,
        oldest=waiting["oldest"] if waiting else None,
        expires_on=waiting["expires_on"] if waiting else None,
        said=explain(rule),
        # Of the rules on a pull those of less weight stop nothing, but for a source's own, which say it themselves.
        noted=(source, entity, rule) in noted
        or bool(
            last and last["level"] == "pull" and last["severity"] != "critical" and not rule.startswith("expects:")
        ),
    )
