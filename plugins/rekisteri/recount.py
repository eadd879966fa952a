"""The recount: a second look, in a task of its own, at what the merge says it left."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL

from rekisteri import audit, pulls, sources
from rekisteri.errors import BooksUnbalanced
from rekisteri.staging import registered, staged
from rekisteri.statements import load

_STAGES = (
    "checked",
    "compared",
    "held",
    "refused",
    "suppressed",
    "located",
    "consented",
    "vanished",
    "differs",
    "sums",
    "keys",
    "",
)
"""What staging holds of an entity; what others look at, first."""


def recount(pull_id: UUID | str) -> int:
    """Count register and quarantine again, hold them against the books, then empty staging.

    Args:
        pull_id: a merged pull.

    Returns:
        Rows counted.

    Raises:
        BooksUnbalanced: the tables do not hold what the books say.
    """
    with pulls.opened(pull_id) as (conn, pull), conn.transaction():
        if pull.is_past("recounted"):
            return 0
        pull.require("merged")
        booked = {
            entity: (int(r), int(q)) for entity, r, q in conn.execute(load("merge/booked"), {"pull_id": pull.pull_id})
        }
        total = 0
        for entity in sources.entities(pull.source):
            counted = conn.execute(
                load("merge/stock", register=registered(entity)), {"source": pull.source, "entity": entity}
            ).fetchone()
            if counted is None or tuple(counted) != booked.get(entity):
                raise BooksUnbalanced(
                    f"{pull.source}.{entity}: a recount finds (register, quarantine) {counted}, the books say "
                    f"{booked.get(entity)}; something else wrote to the register, see the audit for {pull.pull_id}"
                )
            total += sum(counted)
        clear(conn, pull.source)
        pulls.reach(conn, pull, "recounted")
        audit.record(conn, "recounted", pull_id=pull.pull_id, night=pull.night, source=pull.source, rows=total)
    return total


def clear(conn: psycopg.Connection[Any], source: str) -> None:
    """Drop all that staging holds of a source's pull."""
    for entity in sources.entities(source):
        for stage in _STAGES:
            conn.execute(SQL("drop table if exists {} cascade").format(staged(source, entity, stage)))
    conn.execute(SQL("drop table if exists {}").format(staged(source, "conformed")))
