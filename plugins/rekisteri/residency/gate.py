"""The residency gate: the source before it is contacted, then each record's own location."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import audit, gate_history, pulls, quality, sources
from rekisteri.gate_history import Finding
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.residency.processors import check_source
from rekisteri.residency.records import resolve_many
from rekisteri.staging import columns, staged, touched
from rekisteri.statements import load

GATE = "residency"


@dataclass(frozen=True)
class Located:
    """The verdict on one column of locations: distinct ones, how many of them are outside, and rows refused."""

    column: str
    locations: int
    outside: int
    refused: int
    rows: int = field(default=0, compare=False)
    """Rows that it looked at."""
    seconds: float = field(default=0.0, compare=False)

    def finding(self, entity: str) -> Finding:
        """Return it as the gates' history keeps it."""
        rule = f"{GATE}:{self.column}"
        return Finding(entity, rule, "residency", "row", "critical", self.rows, self.refused, self.seconds)


def admit_source(conn: psycopg.Connection[Any], pull: Pull) -> None:
    """Check the source's processor, sub-processors and host before anything is contacted, and write the verdict.

    Raises:
        ResidencyRefused: one of them is outside the EU/EEA, or unknown.
    """
    entry = sources.named(pull.source)
    inside = False
    try:
        check_source(entry.processor, entry.location, entry.provider, pull.night)
        inside = True
    finally:
        audit.record(
            conn, "processor_checked", pull_id=pull.pull_id, night=pull.night, source=pull.source, inside=inside
        )


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
            )
    return refused


def judge(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> Iterator[Located]:
    """Refuse the rows of one entity that lie outside the EU/EEA; yield the verdict on each column of locations.

    Args:
        conn: the warehouse, in a transaction.
        pull: a pull whose quality gate has judged.
        entity: whose rows.
    """
    pulled = columns(conn, pull.source, entity)
    for column, said in pulled_columns(ENTITIES[entity]).items():
        if said.format == "location" and column in pulled:
            provider = said.provider_column if said.provider_column in pulled else None
            yield _judge(conn, pull, entity, column, provider)


def _judge(conn: psycopg.Connection[Any], pull: Pull, entity: str, column: str, provider: str | None) -> Located:
    began = perf_counter()
    relations: dict[str, Composable] = {
        "gate": staged(pull.source, entity, "gate"),
        "refused": staged(pull.source, entity, "refused"),
        "located": Identifier("staging", f"{pull.source}__{entity}__located"),
        "column": Identifier(column),
        "provider": SQL("gate.{}").format(Identifier(provider)) if provider else SQL("null::text"),
    }
    given = conn.execute(load("residency/locations", **relations)).fetchall()
    verdicts = resolve_many([(p, raw) for p, raw, _ in given], pull.night)
    conn.execute(SQL("drop table if exists {}").format(relations["located"]))
    conn.execute(
        SQL("create unlogged table {} (provider text, raw text, inside boolean, country text, because text)").format(
            relations["located"]
        )
    )
    with conn.cursor().copy(SQL("copy {} from stdin").format(relations["located"])) as copy:
        for row in verdicts.itertuples(index=False):
            copy.write_row(row)
    moved = conn.execute(load("residency/refuse", **relations), {"rule": f"residency:{column}"}).rowcount
    rows = sum(n for _, _, n in given)
    return Located(column, len(verdicts), int((~verdicts["inside"]).sum()), moved, rows, perf_counter() - began)
