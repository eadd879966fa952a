"""A source tried: its first rows go through all steps of a pull, in one transaction that is rolled back.

Nothing is written: no row of the register, of quarantine or of the audit, and no pull. The quality gate judges the rows
as it does a night's; Great Expectations is lent the trial's connection (``lending``). Rules that hold a pull against
the nights before are not asked.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.sql import Composable, Identifier

from rekisteri import (
    checked,
    comparison,
    expectations,
    extraction,
    extracts,
    gate_relation,
    judging,
    moving,
    pulls,
    rules,
    sources,
    staging,
    warehouse_version,
)
from rekisteri.errors import BooksUnbalanced
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.onboarding.blank import meaning
from rekisteri.onboarding.lending import LentCounter
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
    """What the rule's column must hold, or why the source's file expects it."""


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
    pull_rules: int = 0
    """Expectations on the whole pull that were held against these rows."""
    stops: list[str] = field(default_factory=list)
    """Those of them that would stop a pull of these rows, each with how far off it is."""
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
    tells_no_end: bool
    """It brings customers and no contracts: nothing tells when one that it still has is over."""


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
    # What the event relationship_end of retention.yaml looks at; a service is reached by its contract.
    no_end = "customer" in read and "contract" not in read
    return Trial(name, rows, " → ".join(host.chain), tried, no_end)


def _judge(conn: psycopg.Connection[Any], pull: Pull, read: dict[str, int], rows: int, keys: int) -> list[Tried]:
    cut = {entity for entity, n in read.items() if n >= rows}
    arrived = staging.arrivals(conn, pull)
    compared = {entity: comparison.compare(conn, pull, entity, arrival) for entity, arrival in arrived.items()}
    checked.conform_pull(conn, pull, compared)
    tried, counter, entry = [], LentCounter(conn), sources.named(pull.source)
    # Parents first, as in a pull: a child's reference looks at which parents were refused.
    for entity in read:
        judged = judging.judge(conn, pull, entity, read, counter)
        asked = gate_relation.asked_of(conn, pull, entity)
        unjudged = _leave_unjudged(conn, pull, entity, asked, cut)
        locations = list(gate.judge(conn, pull, entity))
        found = _tried(conn, pull, entity, read[entity], unjudged, keys)
        pull_rules = sum(one.level == "pull" for one in judged.findings)
        phones = list(count_phones(conn, pull.source, entry, entity))
        stops = list(judged.stops.values())
        tried.append(replace(found, locations=locations, pull_rules=pull_rules, stops=stops, phones=phones))
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
    keys: int,
) -> Tried:
    names = _stages(pull.source, entity)
    inserted, updated, same = moving.take_in(conn, pull, entity)
    unchanged, suppressed, refused = conn.execute(load("trial/fates", **names)).fetchone() or (0, 0, 0)
    found = Tried(entity, read, inserted + updated, unchanged + same, refused, suppressed, unjudged)
    if read != found.merged + found.unchanged + found.refused + found.suppressed:
        raise BooksUnbalanced(f"trial of {pull.source}.{entity}: {found}; nothing was written; please report it")
    for judge, rule, n, some in conn.execute(load("trial/refused", **names), {"keys": keys}):
        found.refusals.append(Refusal(judge, rule, n, some, _wanted(pull.source, entity, rule)))
    return found


def _wanted(source: str, entity: str, rule: str) -> str:
    for one in expectations.expected(source, entity):
        if one.of.rule == rule:
            return one.of.why
    said, column = pulled_columns(ENTITIES[entity]), rule.partition(":")[2]
    return meaning(column, said[column]) if column in said else ""
