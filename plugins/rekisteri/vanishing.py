"""What is gone at its source: listed, held against a limit, then marked; never removed (design rule 7)."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed

from rekisteri import changes, sources
from rekisteri.errors import QualityRefused
from rekisteri.pulls import Pull
from rekisteri.staging import Arrival, registered, staged, touched
from rekisteri.statements import load

FEW = 5
"""So many rows may always vanish: of a small entity, one row is more than some percent."""


def find(conn: psycopg.Connection[Any], pull: Pull, entity: str, arrival: Arrival, first: bool) -> int:
    """List the held rows that the source no longer has, in a logged table; return how many.

    Only a complete and counted list tells: all that was read of a whole table, or of whole buckets, or all keys.
    """
    vanished = staged(pull.source, entity, "vanished")
    conn.execute(SQL("drop table if exists {} cascade").format(vanished))
    conn.execute(SQL("create table {} (source_key text)").format(vanished))
    if first:
        return 0
    present, in_scope = staged(pull.source, entity, "compared"), _scope(pull, entity, arrival)
    if arrival.part == "part" and arrival.buckets is None:
        present, in_scope = staged(pull.source, entity, "keys"), SQL("true")
    statement = load(
        "changes/vanished", vanished=vanished, register=registered(entity), present=present, in_scope=in_scope
    )
    return conn.execute(statement, {"source": pull.source}).rowcount


def _scope(pull: Pull, entity: str, arrival: Arrival) -> Composable:
    if arrival.part == "full" or arrival.buckets is None:
        return SQL("true")
    return changes.in_differing(pull, entity, SQL("known.source_key"), arrival.buckets)


def require_few(conn: psycopg.Connection[Any], pull: Pull) -> None:
    """Refuse a pull in which too much has vanished: a SELECT that was edited must not empty the register.

    Raises:
        QualityRefused: more of an entity is gone than sources.yaml allows, and nobody has accepted it.
    """
    limit = sources.named(pull.source).vanish_limit
    for entity in [] if pull.vanish_accepted else touched(conn, pull):
        gone = _count(conn, SQL("select count(*) from {}").format(staged(pull.source, entity, "vanished")), {})
        if gone <= FEW:
            continue
        held = _count(conn, load("changes/held", register=registered(entity)), {"source": pull.source})
        if gone * 100 > held * limit:
            raise QualityRefused(
                f"{pull.source}.{entity}, rule vanished: {gone} of {held} rows are gone at the source, more than the "
                f"{limit} % of vanish_limit in sources.yaml; nothing was merged. See whether the SELECT, a view or a "
                "right changed there; where they are truly gone, trigger the DAG with accept_vanished"
            )


def _count(conn: psycopg.Connection[Any], statement: Composed, bound: dict[str, Any]) -> int:
    row = conn.execute(statement, bound).fetchone()
    return int(row[0]) if row else 0
