"""What is gone at its source: listed, held against a limit, then marked; never removed (design rule 7)."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal

from rekisteri import changes, sources
from rekisteri.errors import QualityRefused
from rekisteri.pulls import Pull
from rekisteri.staging import Arrival, arrivals, registered, staged
from rekisteri.statements import load

FEW = 5
"""So many rows may always vanish: of a small entity, one row is more than some percent."""


def find(conn: psycopg.Connection[Any], pull: Pull, entity: str, arrival: Arrival, first: bool) -> int:
    """List the held rows that the source no longer has, in a logged table; return how many.

    Only a complete and counted list tells: all that was read of a whole table, or of whole buckets, or all keys.
    """
    vanished = staged(pull.source, entity, "vanished")
    conn.execute(SQL("drop table if exists {} cascade").format(vanished))
    if first:
        conn.execute(SQL("create table {} (source_key text)").format(vanished))
        return 0
    present, in_scope = staged(pull.source, entity, "compared"), _scope(pull, entity, arrival)
    if arrival.part == "part" and arrival.buckets is None:
        present, in_scope = staged(pull.source, entity, "keys"), SQL("true")
    statement = load(
        "changes/vanished",
        vanished=vanished,
        register=registered(entity),
        present=present,
        in_scope=in_scope,
        source=Literal(pull.source),
    )
    return conn.execute(statement).rowcount


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
    if pull.vanish_accepted:
        return
    for entity, arrival in arrivals(conn, pull).items():
        if arrival.part == "same":
            continue
        gone = _count(conn, SQL("select count(*) from {}").format(staged(pull.source, entity, "vanished")))
        were = arrival.read + arrival.skipped + gone
        if gone > FEW and gone * 100 > were * limit:
            raise QualityRefused(
                f"{pull.source}.{entity}, rule vanished: {gone} of {were} rows are gone at the source, more than the "
                f"{limit} % of vanish_limit in sources.yaml; nothing was merged. See whether the SELECT, a view or a "
                "right changed there; where they are truly gone, trigger the DAG with accept_vanished"
            )


def _count(conn: psycopg.Connection[Any], statement: Composed) -> int:
    row = conn.execute(statement).fetchone()
    return int(row[0]) if row else 0
