"""The merge: what passed the gates enters the register, and the books balance, in one transaction (design rule 4)."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import psycopg

from rekisteri import audit, changes, moving, null_rates, pulls, quality
from rekisteri.books import FLOWS, Book
from rekisteri.errors import BooksUnbalanced
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.residency import transfers
from rekisteri.staging import Arrival, arrivals, require_held
from rekisteri.statements import load


def merge(pull_id: UUID | str) -> dict[str, dict[str, int]]:
    """Merge a pull's accepted rows, move the refused ones to quarantine and write the books, all or nothing.

    Args:
        pull_id: a pull that passed both gates.

    Returns:
        Books by entity: read, merged, unchanged, quarantined, suppressed.

    Raises:
        BooksUnbalanced: rows are missing or too many; nothing is changed.
        WarehouseError: staging no longer holds what arrived.
    """
    with pulls.opened(pull_id) as (conn, pull):
        if pull.is_past("merged"):
            return {}
        pull.require("located")
        with conn.transaction():
            anything_fresh = quality.fresh_rows(conn, pull) > 0
            books = {
                e: _merge_entity(conn, pull, e, arrival, anything_fresh) for e, arrival in arrivals(conn, pull).items()
            }
            if anything_fresh:
                transfers.log(conn, pull)
            _require_balance(pull, books)
            pulls.reach(conn, pull, "merged")
            audit.record_many(conn, [*_hetu_entries(conn, pull), *(_entry(pull, e, book) for e, book in books.items())])
        audit.keep_head(conn)
    return {e: {"read": b.read, "merged": b.merged, "quarantined": b.quarantined} for e, b in books.items()}


def _merge_entity(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, arrival: Arrival, anything_fresh: bool
) -> Book:
    if arrival.part != "same":
        require_held(conn, pull, entity, arrival)
    run = moving.statements(conn, pull, entity)
    register, quarantine = run("stock").fetchone() or (0, 0)
    moved = dict.fromkeys(FLOWS, 0)
    after = (register, quarantine)
    if arrival.part != "same":
        parts = moving.quarantine_parts(conn, pull, entity, anything_fresh)
        moved = moving.move(run, anything_fresh, parts, entity, first=not register)
        deciding.forget_ended(conn, pull.source, entity)
        after = run("stock").fetchone() or (0, 0)
    null_rates.note_merged(conn, pull, entity, arrival.part, after[0], moved["left"])
    changes.remember(conn, pull, entity, arrival.part, arrival.buckets)
    return Book(
        read=arrival.read,
        skipped=arrival.skipped,
        waiting=quarantine if arrival.part == "same" else 0,
        register_before=register,
        register_after=after[0],
        quarantine_before=quarantine,
        quarantine_after=after[1],
        **moved,
    )


def _require_balance(pull: Pull, books: dict[str, Book]) -> None:
    faults = [f"{pull.source}.{entity}: {fault}" for entity, book in books.items() for fault in book.faults()]
    if faults:
        raise BooksUnbalanced(
            "the books do not balance and nothing was merged: " + "; ".join(faults) + "; clear the DAG run to pull anew"
        )


def _hetu_entries(conn: psycopg.Connection[Any], pull: Pull) -> list[audit.Entry]:
    found = conn.execute(load("pull/hetu_removed"), {"pull_id": pull.pull_id}).fetchall()
    return [
        audit.Entry("hetu_removed", pull.pull_id, pull.night, pull.source, entity, numbers={"removed": n})
        for entity, n in found
    ]


def _entry(pull: Pull, entity: str, book: Book) -> audit.Entry:
    numbers = asdict(book) | {"merged": book.merged, "balanced": True}
    return audit.Entry(
        "books", pull_id=pull.pull_id, night=pull.night, source=pull.source, entity=entity, numbers=numbers
    )
