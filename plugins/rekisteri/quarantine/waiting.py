"""The steps of a retest: what waits is put where a pull would have put it, judged by both gates, and moved."""

from typing import Any, get_args

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import (
    audit,
    expectations,
    extracts,
    gate_relation,
    moving,
    quality,
    refusing,
    retention_policy,
    rules,
    staging,
)
from rekisteri.books import FLOWS, Book
from rekisteri.counting import Counter
from rekisteri.expectations import EXPECTS
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.residency import gate
from rekisteri.statements import load

KINDS = (*get_args(rules.Kind), EXPECTS, gate.GATE)
"""Kinds of rules that are asked again here; what another kind refused, the next pull judges."""


def stage(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> int:
    """Put what waits of an entity, with its content, where a pull would have put it; return how many rows."""
    bound = {"source": pull.source, "entity": entity}
    there = conn.execute(load("quarantine/with_content"), bound).fetchone()
    staged = 0
    if there and there[0]:
        names = extracts.columns(pull.source, entity)
        cells = [SQL("waiting.row ->> {} as {}").format(Literal(name), Identifier(name)) for name in names]
        places: dict[str, Composable] = {name: Literal(value) for name, value in bound.items()}
        places |= {"raw": staging.staged(pull.source, entity), "columns": Literal(names), "kinds": Literal(list(KINDS))}
        # Composed in: what makes a table takes no parameters.
        staged = conn.execute(load("quarantine/stage", cells=SQL(",\n    ").join(cells), **places)).rowcount
    arrived = {
        "pull_id": pull.pull_id, "entity": entity, "read": staged, "part": "part" if staged else "same", "skipped": 0,
        "shape": "", "buckets": None, "watermark": None,
    }  # fmt: skip
    conn.execute(load("pull/arrived"), arrived)
    return staged


def judge(conn: psycopg.Connection[Any], pull: Pull) -> list[audit.Entry]:
    """Hold the rows against both gates, in a pull's order; return the residency gate's verdicts."""
    delivered = staging.touched(conn, pull)
    counter: Counter | None = None
    for entity in delivered:
        asked = gate_relation.asked_of(conn, pull, entity)
        gate_relation.make_gate(conn, pull, entity, asked, delivered)
        refuses: list[refusing.Breakable] = [rule for rule in asked if rule.refuses]
        if expected := expectations.expected(pull.source, entity):
            # Great Expectations cannot see what is not committed, but says under which conditions a row breaks one.
            counter = counter or Counter(lambda entity, outcome: None)
            refuses += counter.conditions(entity, expected)
        refusing.refuse(conn, pull.source, entity, quality.GATE, refuses)
        deciding.apply(conn, pull.source, entity)
    return [
        audit.Entry(
            "residency_verdict", night=pull.night, source=pull.source, entity=entity, rule=f"residency:{found.column}",
            numbers={"locations": found.locations, "outside": found.outside, "refused": found.refused,
                     "consented": found.consented},
        )
        for entity in delivered
        for found in gate.judge(conn, pull, entity, reads=False)
    ]  # fmt: skip


def move(conn: psycopg.Connection[Any], pull: Pull, entity: str, read: int) -> Book:
    """Merge what passed, take it out of quarantine, and say of the rest by which rules it waits."""
    stages = ("compared", "checked", "refused", "suppressed")
    places: dict[str, Composable] = {stage: staging.staged(pull.source, entity, stage) for stage in stages}
    places |= {"register": staging.registered(entity), "elsewhere": moving.elsewhere(entity)}
    review = retention_policy.read().tombstone_review
    bound = {"source": pull.source, "entity": entity, "night": pull.night, "review": review}

    def run(name: str) -> psycopg.Cursor[Any]:
        return conn.execute(load(name, **places), bound)

    register, quarantine = run("merge/stock").fetchone() or (0, 0)
    inserted, updated, same = moving.take_in(conn, pull, entity)
    unchanged, _, tombstoned, _ = run("merge/fates").fetchone() or (0, 0, 0, 0)
    refused, suppressed = run("merge/kept_out").fetchone() or (0, 0)
    run("merge/keep_old")
    left = run("merge/leave").rowcount
    run("merge/tombstone_suppressed")
    run("quarantine/note_rules")
    removed = run("quarantine/let_go").rowcount
    after = run("merge/stock").fetchone() or (0, 0)
    moved = dict.fromkeys(FLOWS, 0) | {
        "inserted": inserted, "updated": updated, "unchanged": same + unchanged, "quarantined": refused,
        "suppressed": suppressed + tombstoned, "left": left, "removed": removed,
        "released": removed - suppressed - tombstoned,
    }  # fmt: skip
    return Book(
        read=read, skipped=0, waiting=quarantine - read, register_before=register, register_after=after[0],
        quarantine_before=quarantine, quarantine_after=after[1], **moved,
    )  # fmt: skip
