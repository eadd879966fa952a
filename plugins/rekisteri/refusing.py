"""Refusing: the rows that break a rule are set apart by one statement, and as many as Great Expectations counts."""

from collections.abc import Sequence
from typing import Any, Protocol

import psycopg
from psycopg.sql import SQL, Composable, Literal

from rekisteri.counting import Counted
from rekisteri.errors import QualityRefused
from rekisteri.pulls import Pull
from rekisteri.staging import staged
from rekisteri.statements import load


class Breakable(Protocol):
    """What can refuse rows."""

    @property
    def name(self) -> str:
        """The rule as quarantine, audit and pages name it."""
        ...

    def broken(self) -> Composable:
        """Return the SQL condition under which a row of the gate's relation breaks it."""
        ...


def refuse_counted(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, refusing: list[Breakable], counted: dict[str, Counted]
) -> int:
    """Refuse the rows of an entity that break a rule, as many of each as Great Expectations counts; return how many.

    Args:
        conn: the warehouse, in a transaction.
        pull: whose rows.
        entity: whose rows.
        refusing: the rules that refuse rows.
        counted: what Great Expectations says of each.

    Raises:
        QualityRefused: both count the broken rows of a rule differently.
    """
    refused = staged(pull.source, entity, "refused")
    conn.execute(SQL("truncate {}").format(refused))
    moved = refuse(conn, pull.source, entity, "quality", refusing)
    by_rule = {
        rule: int(n) for rule, n in conn.execute(load("quality/refused_by_rule", refused=refused), {"gate": "quality"})
    }
    for rule in refusing:
        broken = counted[rule.name].broken
        if by_rule.get(rule.name, 0) != broken:
            raise QualityRefused(
                f"{pull.source}.{entity}, rule {rule.name}: Great Expectations counts {broken} broken rows, the "
                f"database {by_rule.get(rule.name, 0)}; the pull is refused until both agree, see "
                "plugins/rekisteri/gate_columns.py"
            )
    return moved


def refuse(conn: psycopg.Connection[Any], source: str, entity: str, gate: str, asked: Sequence[Breakable]) -> int:
    """Refuse the rows of an entity that break a rule; return how many.

    Args:
        conn: the warehouse, in a transaction.
        source: name in sources.yaml.
        entity: whose rows.
        gate: name of the gate that refuses.
        asked: the rules to hold against the rows.
    """
    broken = [SQL("case when {} then {} end").format(rule.broken(), Literal(rule.name)) for rule in asked]
    found = staged(source, entity, "broken")
    # Of a trial that ended too early.
    conn.execute(SQL("drop table if exists {}").format(found))
    conn.execute(
        load(
            "quality/broken",
            set_apart=found,
            gate=staged(source, entity, "gate"),
            broken=SQL(",\n            ").join(broken),
            any_broken=SQL(" or ").join(rule.broken() for rule in asked),
        ),
        # Nothing is bound, but the conditions are written for a statement that binds: a percent sign is doubled.
        {},
    )
    refused = conn.execute(
        load("quality/refuse", refused=staged(source, entity, "refused"), set_apart=found), {"gate": gate}
    )
    conn.execute(SQL("drop table {}").format(found))
    return refused.rowcount
