"""What is gone at its source: listed, held against a limit, then marked; never removed (design rule 7)."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal

from rekisteri import changes, sources
from rekisteri.comparison import Compared
from rekisteri.pulls import Pull
from rekisteri.staging import Arrival, arrivals, staged
from rekisteri.statements import load
from rekisteri.verdicts import Verdict, timed

FEW = 5
"""So many rows may always vanish: of a small entity, one row is more than some percent."""


def find(conn: psycopg.Connection[Any], pull: Pull, entity: str, arrival: Arrival, compared: Compared) -> int:
    """List the held rows that the source no longer has, in a logged table; return how many.

    Only a complete and counted list tells: all that was read of a whole table, or of whole buckets, or all keys.
    """
    vanished = staged(pull.source, entity, "vanished")
    conn.execute(SQL("drop table if exists {} cascade").format(vanished))
    if compared.first:
        conn.execute(SQL("create table {} (source_key text)").format(vanished))
        return 0
    # As it arrived: a key that is too long to be one any more is still that of a row which is there.
    present, in_scope = staged(pull.source, entity), _scope(pull, entity, arrival)
    if arrival.part == "part" and arrival.buckets is None:
        present, in_scope = staged(pull.source, entity, "keys"), SQL("true")
    statement = load(
        "changes/vanished",
        vanished=vanished,
        register=compared.register,
        present=present,
        in_scope=in_scope,
        source=Literal(pull.source),
    )
    return conn.execute(statement).rowcount


def _scope(pull: Pull, entity: str, arrival: Arrival) -> Composable:
    if arrival.part == "full" or arrival.buckets is None:
        return SQL("true")
    return changes.in_differing(pull, entity, SQL("known.source_key"), arrival.buckets)


def judge(conn: psycopg.Connection[Any], pull: Pull) -> Iterator[Verdict]:
    """Yield a verdict for each entity that was read: a SELECT that was edited must not empty the register."""
    return timed(_judged(conn, pull))


def _judged(conn: psycopg.Connection[Any], pull: Pull) -> Iterator[Verdict]:
    limit = sources.named(pull.source).vanish_limit
    for entity, arrival in arrivals(conn, pull).items():
        if arrival.part == "same":
            continue
        gone = _count(conn, SQL("select count(*) from {}").format(staged(pull.source, entity, "vanished")))
        were = arrival.read + arrival.skipped + gone
        sentence = (
            f"{gone} of {were} rows are gone at the source, more than the {limit} % of vanish_limit in sources.yaml. "
            "See whether the SELECT, a view or a right changed there"
        )
        too_many = gone > FEW and gone * 100 > were * limit
        yield Verdict(entity, "vanished", were, gone, sentence if too_many else "")


def _count(conn: psycopg.Connection[Any], statement: Composed) -> int:
    row = conn.execute(statement).fetchone()
    return int(row[0]) if row else 0
