"""How long: reckons, for one night and the whole register, what goes, what is restricted and what stays, and why.

``decide`` fills a work table, ``staging.retention_verdict``, with a row for each record whose time is over, in the
order in which the rules build on each other:

    invoice periods, holds -> relationship of each subject -> ties of each person -> verdict per entity
    -> what a hold keeps -> what a staying record keeps of its parents

A record without a verdict has an active ground: its relationship. Periods come from retention.yaml only.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
from psycopg.sql import Identifier

from rekisteri import retention_policy
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.statements import load

_SPECIAL = ("recording", "invoice", "collection", "transfer_consent")
"""Entities with a rule of their own; every other one follows its customer, contract, case or person."""
_WORK = ("invoice", "relationship", "tie", "person", "held", "verdict")


def references() -> Iterator[tuple[str, str, str]]:
    """Yield entity, column and the entity referred to, for every reference of the model, parents first."""
    for entity, table in ENTITIES.items():
        for column, said in pulled_columns(table).items():
            if said.references:
                yield entity, column, said.references


def register(entity: str) -> Identifier:
    """Return the name of an entity's register table."""
    return Identifier("register", entity)


def decide(conn: psycopg.Connection[Any], night: date) -> dict[str, int]:
    """Fill the work tables with the verdicts of one night; call ``clear`` before the transaction ends.

    Args:
        conn: the pipeline's connection, in a transaction.
        night: the night for which is reckoned.

    Returns:
        Customers and persons that are kept because no end of their relationship is known.

    Raises:
        PolicyError: retention.yaml or controller.yaml has a fault.
    """
    values = retention_policy.bound(night)
    for table in _WORK:
        conn.execute(load(f"retention/make_{table}"))
    conn.execute(load("retention/fill_invoice"), values)
    conn.execute(load("retention/hold"), values)
    for entity, column, parent in references():
        _between(conn, "hold_children", entity, column, parent)
    conn.execute(load("retention/relate"), values)
    _tie(conn)
    conn.execute(load("retention/free_persons"), values)
    _judge(conn, values)
    conn.execute("analyze staging.retention_verdict")
    conn.execute(load("retention/keep_held"))
    for entity, column, parent in reversed(list(references())):
        _between(conn, "keep_parent", entity, column, parent)
    customers, persons = conn.execute(load("retention/count_no_known_end")).fetchone() or (0, 0)
    return {"no_known_end_customers": customers, "no_known_end_persons": persons}


def clear(conn: psycopg.Connection[Any]) -> None:
    """Drop the work tables."""
    conn.execute(load("retention/drop_work"))


def _between(conn: psycopg.Connection[Any], statement: str, entity: str, column: str, parent: str) -> None:
    conn.execute(
        load(f"retention/{statement}", register=register(entity), column=Identifier(column)),
        {"entity": entity, "parent": parent},
    )


def _tie(conn: psycopg.Connection[Any]) -> None:
    for entity, columns in _columns_by_entity().items():
        if "person" not in columns:
            continue
        if "customer" in columns:
            conn.execute(load("retention/tie", register=register(entity)))
        for parent in columns.keys() - {"person", "customer"}:
            names = {"register": register(entity), "parent": register(parent), "column": Identifier(columns[parent])}
            conn.execute(load("retention/tie_by_parent", **names))


def _judge(conn: psycopg.Connection[Any], values: dict[str, Any]) -> None:
    for entity in ("customer", "person", "prospect"):
        conn.execute(load(f"retention/judge_{entity}"), values)
    for entity, columns in _columns_by_entity().items():
        if entity in _SPECIAL:
            conn.execute(load(f"retention/judge_{entity}"), values)
        else:
            # The customer decides where there is one; else what the record belongs to; else its person.
            parent = min(columns, key=lambda p: (p != "customer", p == "person"))
            _between(conn, "judge_follower", entity, columns[parent], parent)
    conn.execute(load("retention/judge_misplaced"))


def _columns_by_entity() -> dict[str, dict[str, str]]:
    """Entity -> entity referred to -> column, parents first; entities that refer to nothing are left out."""
    found: dict[str, dict[str, str]] = {}
    for entity, column, parent in references():
        found.setdefault(entity, {})[parent] = column
    return found
