"""Totals reconciled with the source: it counts and sums what is read, in the snapshot that it is read from.

The right side of the equation is what arrived, before anything is judged: rows and, of money, the sum. Where everything
is read that is the whole entity; where a part is read, it is that part: the source sums over the very same rows, and
the sums over the buckets of its other rows say that those are as on the night that brought and reconciled them.

Money that the source keeps as text (a decimal comma, a thin space) is not summed there: each source writes numbers in
its own way, and its own reading of them would only be guessed at. It is noted as not reconciled.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import Identifier

from rekisteri.asked import Asked
from rekisteri.origins import BUCKETS, Origin
from rekisteri.pulls import Pull
from rekisteri.staging import Arrival, arrivals, staged
from rekisteri.statements import load
from rekisteri.verdicts import Verdict, timed

ROWS = "rows"


def take(conn: psycopg.Connection[Any], origin: Origin, pull: Pull, asked: Asked) -> None:
    """Have the source count and sum what is read of an entity, and note it.

    Args:
        conn: the warehouse, in the transaction in which the rows arrive.
        origin: the source, in the snapshot that is read.
        pull: the pull.
        asked: the entity and what is read of it.
    """
    conn.execute(load("pull_rules/forget_totals"), {"source": pull.source, "entity": asked.entity})
    if asked.part == "same":
        return
    money = _money(asked)
    if not money and origin.kind in BUCKETS:
        # Its rows are counted by the sums over the buckets (changes.count).
        return
    query = origin.part(asked.query, asked.read) if asked.read else asked.query
    rows, sums = origin.totals(query, money)
    for name, total in {ROWS: Decimal(rows), **sums}.items():
        bound = {"pull_id": pull.pull_id, "entity": asked.entity, "name": name, "total": total}
        conn.execute(load("pull_rules/note_total"), bound)


def _money(asked: Asked) -> list[str]:
    from rekisteri.model import ENTITIES, pulled_columns

    said = pulled_columns(ENTITIES[asked.entity])
    return [name for name in asked.columns if name in said and said[name].format == "money"]


def judge(conn: psycopg.Connection[Any], pull: Pull) -> Iterator[Verdict]:
    """Yield a verdict for each total that the source was asked for."""
    return timed(_judged(conn, pull))


def _judged(conn: psycopg.Connection[Any], pull: Pull) -> Iterator[Verdict]:
    for entity, arrival in arrivals(conn, pull).items():
        bound = {"pull_id": pull.pull_id, "entity": entity}
        for name, total in conn.execute(load("pull_rules/totals"), bound).fetchall():
            if name == ROWS:
                yield _counted(entity, arrival, int(total))
            elif total is None:
                yield Verdict(entity, f"total:{name}", arrival.read, severity="info")
            else:
                yield _summed(conn, pull, entity, arrival, name, total)


def _counted(entity: str, arrival: Arrival, counted: int) -> Verdict:
    if counted == arrival.read:
        return Verdict(entity, "count:rows", counted)
    return Verdict(
        entity,
        "count:rows",
        counted,
        abs(counted - arrival.read),
        f"the source counts {counted} rows and {arrival.read} arrived. See whether its tables take part in "
        "transactions, and whether a view or function gives other rows each time; then clear the DAG run to pull anew",
    )


def _summed(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, arrival: Arrival, name: str, total: Decimal
) -> Verdict:
    rule = f"total:{name}"
    statement = load("pull_rules/differs", column=Identifier(name), raw=staged(pull.source, entity))
    found = conn.execute(statement, {"total": total}).fetchone()
    if found is None:
        return Verdict(entity, rule, arrival.read)
    # A share, never the sums: of one row they would be its value.
    share = f"{float(found[0]) * 100:.3g} %" if found[0] is not None else "all of it"
    return Verdict(
        entity,
        rule,
        arrival.read,
        arrival.read,
        f"the sum of {arrival.read} rows as they arrived differs by {share} from the source's own. See whether a view "
        "or function there gives other values each time; then clear the DAG run to pull anew",
    )
