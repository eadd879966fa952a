"""A source tried: its first rows go through all steps of a pull, in one transaction that is rolled back.

Nothing is written: no row of the register, of quarantine or of the audit, and no pull. The quality gate's rules are
held against the rows by SQL alone. Great Expectations looks over a connection of its own and cannot see what is not
committed; its verdict is the same all the same, since a pull in which the two differ is refused (``quality``).
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.sql import Composable, Identifier

from rekisteri import (
    checked,
    comparison,
    extraction,
    extracts,
    gate_relation,
    merging,
    pulls,
    quality,
    refusing,
    rules,
    sources,
    staging,
    warehouse_version,
)
from rekisteri.errors import BooksUnbalanced
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.onboarding.blank import meaning
from rekisteri.onboarding.phones import Phones, count_phones
from rekisteri.pulls import Pull
from rekisteri.residency import admission, gate
from rekisteri.statements import load

ROWS = 1000
KEYS = 5


@dataclass(frozen=True)
class Refusal:
    """One rule that refuses rows: how many, and the keys of the first."""

    gate: str
    rule: str
    rows: int
    keys: list[str]
    wanted: str
    """What the rule's column must hold."""


@dataclass(frozen=True)
class Tried:
    """What would become of the rows of one entity."""

    entity: str
    read: int
    merged: int
    unchanged: int
    refused: int
    suppressed: int
    unjudged: int
    """References to records beyond the rows that were read; whether those are there was not judged."""
    refusals: list[Refusal] = field(default_factory=list)
    locations: list[gate.Located] = field(default_factory=list)
    phones: list[Phones] = field(default_factory=list)


@dataclass(frozen=True)
class Trial:
    """A source as tried."""

    source: str
    rows: int
    """Read at most of each entity."""
    host: str
    """The residency gate's verdict on the source's host."""
    entities: list[Tried]


def run(name: str, rows: int = ROWS, keys: int = KEYS) -> Trial:
    """Try a source; nothing stays of it.

    Args:
        name: in sources.yaml.
        rows: how many are read of each entity at most.
        keys: how many source keys are shown for each rule at most.

    Raises:
        PolicyError: its declaration has a fault; the source is not contacted.
        ResidencyRefused: it or its processor is outside the EU/EEA; the source is not contacted.
        SourceError: it refuses a SELECT.
        WarehouseError: a pull of this source is at work, or the warehouse is of another version.
    """
    extracts.require_sound(name)
    night = date.today()
    host = admission.check_source(name, night)
    with warehouse_version.connect() as conn, pulls.without_values(f"trial of {name}"):
        conn.execute(load("pull/session"), {"lock_timeout": pulls.LOCK_TIMEOUT})
        # A pull's staging tables have the names that the trial's have until it is rolled back.
        conn.execute(load("pull/lock"), {"source": name})
        with conn.transaction(force_rollback=True):
            pull = pulls.get(conn, pulls.begin(conn, name, night, f"try {uuid4()}"))
            read = extraction.sample(conn, pull, rows)
            tried = _judge(conn, pull, read, rows, keys)
    return Trial(name, rows, " → ".join(host.chain), tried)


def _judge(conn: psycopg.Connection[Any], pull: Pull, read: dict[str, int], rows: int, keys: int) -> list[Tried]:
    cut = {entity for entity, n in read.items() if n >= rows}
    arrived = staging.arrivals(conn, pull)
    compared = {entity: comparison.compare(conn, pull, entity, arrival) for entity, arrival in arrived.items()}
    checked.conform_pull(conn, pull, compared)
    tried, entry = [], sources.named(pull.source)
    # Parents first, as in a pull: a child's reference looks at which parents were refused.
    for entity in read:
        asked = gate_relation.asked_of(conn, pull, entity)
        gate_relation.make_gate(conn, pull, entity, asked, read)
        refusing.refuse(conn, pull.source, entity, quality.GATE, [rule for rule in asked if rule.refuses])
        unjudged = _leave_unjudged(conn, pull, entity, asked, cut)
        locations = list(gate.judge(conn, pull, entity))
        tried.append(_tried(conn, pull, entity, read[entity], unjudged, locations, keys))
        tried[-1].phones.extend(count_phones(conn, pull.source, entry, entity))
    return tried


def _stages(source: str, entity: str) -> dict[str, Composable]:
    stages = ("compared", "checked", "refused", "suppressed")
    return {stage: staging.staged(source, entity, stage) for stage in stages}


def _leave_unjudged(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, asked: list[rules.Rule], cut: set[str]
) -> int:
    names, said, found = _stages(pull.source, entity), pulled_columns(ENTITIES[entity]), 0
    for rule in asked:
        parent = said[rule.column].references
        if rule.kind == "reference" and parent in cut:
            beyond = {"parent": staging.staged(pull.source, str(parent)), "column": Identifier(rule.column)}
            left = conn.execute(load("trial/leave_unjudged", **names, **beyond), {"rule": rule.name})
            found += left.rowcount
    conn.execute(load("trial/drop_unrefused", **names))
    return found


def _tried(
    conn: psycopg.Connection[Any],
    pull: Pull,
    entity: str,
    read: int,
    unjudged: int,
    locations: list[gate.Located],
    keys: int,
) -> Tried:
    names = _stages(pull.source, entity)
    inserted, updated, same = merging.take_in(conn, pull, entity)
    unchanged, suppressed, refused = conn.execute(load("trial/fates", **names)).fetchone() or (0, 0, 0)
    found = Tried(
        entity, read, inserted + updated, unchanged + same, refused, suppressed, unjudged, locations=locations
    )
    if read != found.merged + found.unchanged + found.refused + found.suppressed:
        raise BooksUnbalanced(f"trial of {pull.source}.{entity}: {found}; nothing was written; please report it")
    said = pulled_columns(ENTITIES[entity])
    for judge, rule, n, some in conn.execute(load("trial/refused", **names), {"keys": keys}):
        column = rule.partition(":")[2]
        found.refusals.append(Refusal(judge, rule, n, some, meaning(column, said[column])))
    return found
