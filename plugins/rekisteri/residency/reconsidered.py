"""Rows that wait in quarantine for what is not in their source: the next pull reads and judges them again.

They wait for a consent which has come by now, for a day, or for a record of another source. Nothing of theirs has
changed at their source, so without this a pull would leave them where they are.
"""

from typing import Any

import psycopg
from psycopg.sql import Composable, Identifier

from rekisteri import pulls, sources
from rekisteri.pulls import Pull
from rekisteri.residency import consents
from rekisteri.residency.arrived import Arrived
from rekisteri.residency.placing import place
from rekisteri.statements import load


def find(conn: psycopg.Connection[Any], pull: Pull) -> int:
    """List in ``staging.reconsidered`` the rows that would pass by now, or may; return how many.

    Args:
        conn: the warehouse.
        pull: a pull that has not read anything yet.
    """
    with pulls.without_values(f"pull of {pull.source}"), conn.transaction():
        conn.execute(load("residency/forget_reconsidered"), {"source": pull.source})
        bound = {"source": pull.source, "night": pull.night}
        elsewhere = conn.execute(load("quarantine/reconsider_elsewhere"), bound).rowcount
        return elsewhere + sum(
            _find(conn, pull, entity, where)
            for entity in sources.entities(pull.source)
            if (where := consents.location(entity))
        )


def _find(conn: psycopg.Connection[Any], pull: Pull, entity: str, where: consents.Location) -> int:
    bound = {"source": pull.source, "entity": entity, "column": where.column, "provider": where.provider}
    given = conn.execute(load("residency/locations_waiting"), bound).fetchall()
    if not given:
        return 0

    def named(stage: str) -> Identifier:
        return Identifier("staging", f"{pull.source}__{entity}__waiting_{stage}")

    known = Arrived(pull, ())

    def records(one: str, column: str, wanted: Composable) -> Composable:
        return (known.waiting if one == entity else known.records)(one, column, wanted)

    located = named("located")
    place(conn, located, given, pull.night)
    work = consents.make(conn, named)
    conn.execute(load("residency/outside_waiting", located=located, **work), bound)
    consents.match(conn, entity, work, records, known.consents(work["outside"]), known.bound())
    found = conn.execute(load("residency/reconsider", **work), bound).rowcount
    consents.drop(conn, work)
    conn.execute(load("residency/drop_located", located=located))
    return found
