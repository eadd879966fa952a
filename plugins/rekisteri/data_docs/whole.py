"""The pulls that the Data Docs tell of, and what came of the rules on each as a whole, by the gates' history.

A pull that such a rule stopped has no validation: Great Expectations is not asked of it. So the pulls are read from
staging.pull and quarantine.gate_night, of the nights whose validations are kept: those tables keep them for longer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from rekisteri import sources
from rekisteri.data_docs.validations import NIGHTS, Check, Validation
from rekisteri.data_docs.wording import of_pull
from rekisteri.expectations import EXPECTS
from rekisteri.statements import load

Outcome = Literal["stopped", "accepted", "noted", "held"]
"""In the order in which they are shown."""
_NOT_SUMMED = "not reconciled: as the source keeps this column, it cannot sum it"
_TOO_FEW = "not met, by too few rows for the pull to be judged by it"


@dataclass(frozen=True)
class Whole:
    """What came of one rule on a whole pull, in one entity."""

    entity: str
    rule: str
    outcome: Outcome
    """accepted: broken, and a person let it through; noted: said only, as such a rule stops nothing."""
    asked: str
    """What the rule asks for, in words."""
    told: str
    """How far off it is; empty where it holds."""
    evaluated: int
    off: int


@dataclass(frozen=True)
class Pulled:
    """One pull of a source."""

    pull_id: UUID
    source: str
    title: str
    night: date
    started_at: datetime
    merged: bool
    accepted: tuple[str, ...]
    """Names of rules that a person let it break."""
    newest: bool
    """Whether it is its source's last."""
    kept: bool
    """Whether it has a page; of a source's last pull it may be too long ago."""
    stopped_by: tuple[str, ...]
    """Entity and rule of those that stopped it."""
    validations: tuple[Validation, ...]

    @property
    def state(self) -> str:
        """What became of it, in words."""
        return "merged" if self.merged else "stopped" if self.stopped_by else "not merged"

    @property
    def path(self) -> str:
        """Its page."""
        return path(self.night, self.source, self.pull_id)


def path(night: date, source: str, pull_id: UUID) -> str:
    """Return the page of a pull, relative to the index's folder; it is there while the pull's night is kept."""
    return f"pulls/{night}/{source}.{pull_id}.html"


def pulls(conn: psycopg.Connection[Any], kept: Iterable[Validation]) -> list[Pulled]:
    """Return the pulls of the nights that are kept, and each source's last, the newest first.

    Args:
        conn: the warehouse, by a login that may read quarantine and staging.pull.
        kept: the validations that are kept.
    """
    titles = {name: entry.title for name, entry in sources.read().items()}
    judged: dict[UUID, list[Validation]] = {}
    for one in kept:
        judged.setdefault(one.pull_id, []).append(one)
    found = conn.cursor(row_factory=tuple_row)
    return [
        Pulled(
            pull_id, source, str(titles.get(source, source)), night, at, merged, tuple(accepted), newest,
            has_page, tuple(stopped_by), tuple(judged.get(pull_id, ())),
        )
        for pull_id, source, night, at, merged, accepted, newest, has_page, stopped_by in found.execute(
            load("data_docs/pulls"), {"nights": NIGHTS}
        )
    ]  # fmt: skip


def rules(conn: psycopg.Connection[Any], of: Iterable[Pulled]) -> dict[UUID, list[Whole]]:
    """Return by pull what came of the rules on the whole of it: what stopped it first, what holds last.

    Args:
        conn: as in :func:`pulls`.
        of: the pulls; each has an entry, empty where no such rule was asked.
    """
    asked = {pull.pull_id: pull for pull in of}
    made: dict[UUID, list[Whole]] = {pull_id: [] for pull_id in asked}
    checks = {
        (pull.pull_id, one.entity, check.rule): check
        for pull in asked.values()
        for one in pull.validations
        for check in one.checks
    }
    found = conn.cursor(row_factory=tuple_row).execute(load("data_docs/whole"), {"pulls": list(asked)})
    for pull_id, entity, rule, *rest in found:
        made[pull_id].append(_whole(entity, rule, checks.get((pull_id, entity, rule)), *rest))
    return {pull_id: sorted(listed, key=_first_what_stopped) for pull_id, listed in made.items()}


def _whole(
    entity: str, rule: str, check: Check | None, severity: str, evaluated: int, off: int, stopped: bool, told: str
) -> Whole:
    kind = rule.partition(":")[0]
    outcome: Outcome = "held"
    if stopped:
        outcome = "stopped"
    elif told:
        # An expectation on the whole pull stops it whatever its severity; of the other rules only a critical one does.
        outcome = "accepted" if severity == "critical" or kind == EXPECTS else "noted"
    elif kind == "total" and severity == "info":
        outcome, told = "noted", _NOT_SUMMED
    elif check and not check.met:
        outcome, told = "noted", _TOO_FEW
    return Whole(entity, rule, outcome, of_pull(rule, check), told, evaluated, off)


def _first_what_stopped(one: Whole) -> int:
    return get_args(Outcome).index(one.outcome)
