"""The residency gate for records: each one's own location."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import audit, gate_history, pulls, quality
from rekisteri.gate_history import Finding
from rekisteri.pulls import Pull
from rekisteri.residency import consents
from rekisteri.residency.arrived import CONSENT, Arrived
from rekisteri.residency.placing import place
from rekisteri.staging import columns, is_there, staged, touched
from rekisteri.statements import load

GATE = "residency"


@dataclass(frozen=True)
class Located:
    """The verdict on one column of locations: distinct ones, how many of them are outside, and rows refused."""

    column: str
    locations: int
    outside: int
    refused: int
    consented: int
    """Rows that are outside by consent."""
    rows: int = field(default=0, compare=False)
    """Rows that it looked at."""
    seconds: float = field(default=0.0, compare=False)

    def finding(self, entity: str) -> Finding:
        """Return it as the gates' history keeps it."""
        rule = f"{GATE}:{self.column}"
        return Finding(entity, rule, "residency", "row", "critical", self.rows, self.refused, self.seconds)


def check_locations(pull_id: UUID | str) -> dict[str, int]:
    """Refuse the rows of a checked pull that lie outside the EU/EEA.

    Args:
        pull_id: the pull.

    Returns:
        Rows refused by entity.
    """
    with pulls.opened(pull_id) as (conn, pull):
        if pull.is_past("located"):
            return {}
        pull.require("checked")
        with conn.transaction():
            refused = _judge_pull(conn, pull) if quality.fresh_rows(conn, pull) else {}
            pulls.reach(conn, pull, "located")
    return {entity: n for entity, n in refused.items() if n}


def _judge_pull(conn: psycopg.Connection[Any], pull: Pull) -> dict[str, int]:
    refused: dict[str, int] = {}
    for entity in touched(conn, pull):
        for found in judge(conn, pull, entity):
            gate_history.note_many(conn, pull, [found.finding(entity)])
            refused[entity] = found.refused
            audit.record(
                conn,
                "residency_verdict",
                pull_id=pull.pull_id,
                night=pull.night,
                source=pull.source,
                entity=entity,
                rule=f"residency:{found.column}",
                locations=found.locations,
                outside=found.outside,
                refused=found.refused,
                consented=found.consented,
            )
    return refused


def judge(conn: psycopg.Connection[Any], pull: Pull, entity: str, reads: bool = True) -> Iterator[Located]:
    """Refuse the rows of one entity that lie outside the EU/EEA without consent; yield the verdict on their locations.

    Args:
        conn: the warehouse, in a transaction.
        pull: a pull whose quality gate has judged.
        entity: whose rows.
        reads: whether the pull has read its source: what it only looks at again confirms no consent.
    """
    pulled = columns(conn, pull.source, entity)
    where = consents.location(entity)
    if where and where.column in pulled:
        provider = where.provider if where.provider in pulled else None
        yield _judge(conn, pull, entity, consents.Location(where.column, provider), reads)


def _judge(conn: psycopg.Connection[Any], pull: Pull, entity: str, where: consents.Location, reads: bool) -> Located:
    began = perf_counter()
    relations: dict[str, Composable] = {
        "gate": staged(pull.source, entity, "gate"),
        "refused": staged(pull.source, entity, "refused"),
        "located": staged(pull.source, entity, "located"),
        "column": Identifier(where.column),
        "provider": SQL("gate.{}").format(Identifier(where.provider)) if where.provider else SQL("null::text"),
    }
    given = conn.execute(load("residency/locations", **relations)).fetchall()
    outside = place(conn, relations["located"], ((provider, raw) for provider, raw, _ in given), pull.night)
    work = consents.make(conn, lambda stage: staged(pull.source, entity, stage))
    conn.execute(load("residency/outside_arrived", **relations, **work), {"source": pull.source})
    pulled = Arrived(pull, touched(conn, pull), reads, is_there(conn, staged(pull.source, CONSENT, "vanished")))
    consents.match(conn, entity, work, pulled.records, pulled.consents(work["outside"]), pulled.bound())
    moved = conn.execute(load("residency/refuse", **relations, **work), {"rule": where.rule}).rowcount
    passed = conn.execute(SQL("select count(distinct source_key) from {}").format(work["consented"])).fetchone()
    consents.drop(conn, work, "consented")
    consented = int(passed[0]) if passed else 0
    rows = sum(n for _, _, n in given)
    return Located(where.column, len(given), outside, moved, consented, rows, perf_counter() - began)
