"""What each rule of a gate found in each pull, kept night by night in quarantine.gate_night: counts and names only."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import psycopg

from rekisteri.pulls import Pull
from rekisteri.statements import load

Gate = Literal["quality", "residency"]
Level = Literal["row", "pull"]
Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """What one rule found in one entity of a pull."""

    entity: str
    rule: str
    gate: Gate
    level: Level
    """row: it looks at rows; pull: it looks at the pull as a whole."""
    severity: Severity
    evaluated: int
    """Rows, or distinct values, that it looked at."""
    refused: int
    """How many of them break it, whether they are refused or only counted."""
    seconds: float
    stopped: bool = False
    """Whether it stopped the pull."""
    told: str = ""
    """Of a rule for the whole pull that is broken: how far off it is, in counts and names."""


def note(conn: psycopg.Connection[Any], pull: Pull, entity: str, rule: str, **found: Any) -> None:
    """Keep, in the caller's transaction, what one rule found; ``found``: the other fields of ``Finding``."""
    note_many(conn, pull, [Finding(entity, rule, **found)])


def note_many(conn: psycopg.Connection[Any], pull: Pull, found: Iterable[Finding]) -> None:
    """Keep, in the caller's transaction, what rules found in a pull; of a step done again the last is kept.

    Args:
        conn: the warehouse.
        pull: whose rows were judged.
        found: one for each rule and entity.
    """
    of = {"pull_id": pull.pull_id, "night": pull.night, "source": pull.source}
    with conn.cursor() as cursor:
        cursor.executemany(load("gates/note"), [of | asdict(one) for one in found])
