"""What the register holds and would not let in any more: looked for each night, whatever was pulled.

A country leaves, a policy changes, a consent is withdrawn or runs out. The plan of erasure takes in what is found. How
old the evidence of a consent is does not count here: that a source was down does not make a transfer wrong that was
right when it was made.
"""

from datetime import date
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import controller, sources
from rekisteri.errors import ResidencyRefused
from rekisteri.model import ENTITIES
from rekisteri.residency import consents, sites
from rekisteri.residency.placing import place
from rekisteri.statements import load


def find(conn: psycopg.Connection[Any], night: date) -> None:
    """Bring the lists up to a night: records in ``register.misplaced``, sources in ``register.misplaced_source``.

    Args:
        conn: the pipeline's connection, in a transaction; one process at a time.
        night: the night for which is judged.

    Raises:
        PolicyError: a policy file cannot be read.
    """
    for entity in ENTITIES:
        if where := consents.location(entity):
            _find(conn, entity, where, night)
    bound = {"sources": [name for name in sources.read() if not _is_inside(name, night)], "night": night}
    conn.execute(load("residency/drop_placed_sources"), bound)
    conn.execute(load("residency/note_misplaced_sources"), bound)


def _find(conn: psycopg.Connection[Any], entity: str, where: consents.Location, night: date) -> None:
    relations: dict[str, Composable] = {
        "register": Identifier("register", entity),
        "located": _named(entity, "located"),
        "column": Identifier(where.column),
        "provider": SQL("held.{}").format(Identifier(where.provider)) if where.provider else SQL("null::text"),
    }
    bound: dict[str, Any] = {
        "source": None, "pull_id": None, "night": night, "timezone": controller.read().timezone, "oldest": None,
        "brings_consents": False, "entity": entity, "rule": where.rule,
    }  # fmt: skip
    place(conn, relations["located"], conn.execute(load("residency/locations_held", **relations)).fetchall(), night)
    work = consents.make(conn, lambda stage: _named(entity, stage))
    conn.execute(load("residency/outside_held", **relations, **work))
    known = load("residency/consents_held", outside=work["outside"])
    consents.match(conn, entity, work, consents.held, known, bound)
    conn.execute(load("residency/drop_placed", **work), bound)
    conn.execute(load("residency/note_misplaced", **work), bound)
    consents.drop(conn, work)
    conn.execute(load("residency/drop_located", **relations))


def _named(entity: str, stage: str) -> Identifier:
    return Identifier("staging", f"misplaced_{entity}_{stage}")


def _is_inside(source: str, night: date) -> bool:
    try:
        sites.check(sites.source(source), night)
    except ResidencyRefused:
        return False
    return True
