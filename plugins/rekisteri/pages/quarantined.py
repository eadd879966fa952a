"""What waits in quarantine by a rule, row by row, and what people decided: keys and days; never what a row holds."""

from dataclasses import dataclass
from datetime import date

from psycopg import Connection
from psycopg.rows import DictRow

from rekisteri import gates, inspection
from rekisteri.gate_night import Night, RuleNight
from rekisteri.quarantine import looking, telling
from rekisteri.quarantine.overruling import may_overrule
from rekisteri.remedies import Remedy, explain
from rekisteri.residency import gate, refusals

PAGE = 50
"""Rows on a page."""
DECIDED = 20
"""Decisions by a person that are shown."""


@dataclass(frozen=True)
class Quarantined:
    """Everything that the page shows."""

    found: list[DictRow]
    total: int | None
    """How many wait of the source, or of all, where neither entity nor rule is asked for."""
    more: int | None
    """Where the next page begins, if there is one."""
    judged: RuleNight | None
    """What the rule did in the last night, where one rule is asked for."""
    said: Remedy | None
    overruled: bool
    """Whether a person may release a row that the rule refuses."""
    located: dict[int, refusals.Refusal]
    """Why a location keeps a row out, by the row's number."""
    waits_for: dict[int, str]
    """The record that a row waits for and where that is, where that is what keeps it out, by the row's number."""
    held: dict[int, str]
    """Whether the register holds an older version of a row, by the row's number."""
    decided: list[DictRow]
    """The newest decisions by a person on rows of this source and entity, whatever the rule."""


def read(source: str | None, entity: str | None, rule: str | None, after: int) -> Quarantined:
    """Return a page of the rows in quarantine.

    Args:
        source: only of this one.
        entity: only of this one.
        rule: only what this rule refuses.
        after: number of the last row that was shown.

    Raises:
        WarehouseError: the warehouse cannot be asked.
        SourceDown: it does not answer.
    """
    told = gates.read()
    with inspection.opened() as conn:
        asked = {"source": source, "entity": entity, "rule": rule}
        listed = inspection.rows(conn, "rows", **asked, after=after, most=PAGE + 1)
        found = listed[:PAGE]
        located = _located(conn, found, told.newest if told else date.today())
        told_of = looking.listed(conn, ids=[row["quarantine_id"] for row in found], rejected=True)
        decided = looking.decided(conn, source=source, entity=entity, most=DECIDED)
    rules = told.rules if told else ()
    judged = next((one for one in rules if (one.source, one.entity, one.rule) == (source, entity, rule)), None)
    return Quarantined(
        found=found,
        total=_total(told, source) if not (entity or rule) else None,
        more=found[-1]["quarantine_id"] if len(listed) > PAGE else None,
        judged=judged,
        said=_said(source, entity, rule) if rule else None,
        overruled=not rule or may_overrule(entity or "", rule) is None,
        located=located,
        waits_for={one["id"]: one["waits_for"] for one in told_of if one["waits_for"]},
        held={one["id"]: one["held"] for one in told_of},
        decided=decided,
    )


def _total(told: Night | None, source: str | None) -> int | None:
    found = [one for one in told.sources if source in (None, one.source)] if told else []
    return sum(one.stock.now for one in found) if found else None


def _said(source: str | None, entity: str | None, rule: str) -> Remedy:
    return telling.explain_of(source, entity, rule) if source and entity else explain(rule)


def _located(conn: Connection[DictRow], found: list[DictRow], on: date) -> dict[int, refusals.Refusal]:
    ids = [row["quarantine_id"] for row in found if row["gate"] == gate.GATE]
    return refusals.of_rows(conn, ids, on) if ids else {}
