"""The relation that the gates look at: a pull's checked rows, with what shows which rules each of them breaks."""

from collections.abc import Collection, Iterable
from typing import Any

import psycopg
from psycopg.sql import SQL

from rekisteri import expectations
from rekisteri.gate_columns import gate_parts
from rekisteri.gate_entity import Gate
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.rules import Rule, rules
from rekisteri.staging import columns, is_there, registered, staged
from rekisteri.statements import load


def asked_of(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> list[Rule]:
    """Return the rules that the rows of an entity must keep: the model's, and those that look into other sources."""
    elsewhere = [rule for rule, _ in expectations.known_elsewhere(pull.source, entity)]
    return rules(entity, columns(conn, pull.source, entity)) + elsewhere


def make_gate(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, asked: Iterable[Rule], delivered: Collection[str]
) -> None:
    """Make the relation that the gates look at; ``delivered``: the entities of which the pull read anything."""
    vanished = is_there(conn, staged(pull.source, entity, "vanished"))
    elsewhere = {rule.name: at for rule, at in expectations.known_elsewhere(pull.source, entity)}
    held = _held(conn, pull.source, entity)
    gate = Gate(pull.source, entity, pull.night, delivered, held, vanished, elsewhere)
    # Dropped before: with other rules it has other columns.
    conn.execute(SQL("drop view if exists {} cascade").format(gate.stage("gate")))
    conn.execute(
        load(
            "quality/gate",
            gate=gate.stage("gate"),
            checked=gate.stage("checked"),
            suppressed=gate.stage("suppressed"),
            **gate_parts(gate, asked),
        )
    )


def make_news(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> int:
    """Make the part of the gate's relation that is new or changed, without what only waits; return its rows."""
    stages = {stage: staged(pull.source, entity, stage) for stage in ("news", "gate", "compared")}
    conn.execute(load("quality/news", **stages))
    row = conn.execute(SQL("select count(*) from {}").format(stages["news"])).fetchone()
    return int(row[0]) if row else 0


def _held(conn: psycopg.Connection[Any], source: str, entity: str) -> set[str]:
    """Return of which entities, this one and those it refers to, the register holds anything from a source."""
    said = pulled_columns(ENTITIES[entity]).values()
    found = set()
    for name in {entity, *(str(d.references) for d in said if d.references)}:
        row = conn.execute(load("quality/is_held", register=registered(name)), {"source": source}).fetchone()
        found |= {name} if row and row[0] else set()
    return found
