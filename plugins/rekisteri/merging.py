"""The merge: what passed the gates enters the register, and the books balance, in one transaction (design rule 4)."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import audit, changes, null_rates, pulls, quality, retention_policy
from rekisteri.books import FLOWS, Book
from rekisteri.errors import BooksUnbalanced
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.residency import consents, transfers
from rekisteri.staging import Arrival, arrivals, columns, registered, require_held, staged
from rekisteri.statements import load

Places = dict[str, Composable]
Run = Callable[..., psycopg.Cursor[Any]]
"""Runs a statement of include/sql/merge for one entity, its places filled and its values bound."""
_MANY = 20_000
"""Rows from which on indexes are built after a first load."""


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
    stages = ("compared", "vanished", "checked", "refused", "suppressed")
    names: Places = {stage: staged(pull.source, entity, stage) for stage in stages}
    names |= {"raw": staged(pull.source, entity), "register": registered(entity)}
    periods = retention_policy.read()
    bound = {
        "source": pull.source,
        "entity": entity,
        "pull_id": pull.pull_id,
        "night": pull.night,
        "keep": periods.quarantine,
        "review": periods.tombstone_review,
    }

    def run(name: str, **more: Composable) -> psycopg.Cursor[Any]:
        return conn.execute(load(f"merge/{name}", **names, **more), bound)

    register, quarantine = run("stock").fetchone() or (0, 0)
    moved = dict.fromkeys(FLOWS, 0)
    after = (register, quarantine)
    if arrival.part != "same":
        parts = _quarantine_parts(conn, pull, entity, anything_fresh)
        parts["but_kept_out"] = load("merge/but_kept_out", **names)
        moved = _move(run, anything_fresh, parts, entity, first=not register)
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


def _move(run: Run, anything_fresh: bool, parts: Places, entity: str, first: bool) -> dict[str, int]:
    """Move one entity's rows where the gates said; return the flows."""
    unchanged, waiting, suppressed, fresh = run("fates").fetchone() or (0, 0, 0, 0)
    inserted = updated = same = left = vanished = 0
    quarantined = waiting
    if anything_fresh:
        run("suppress_erased")
        run("refuse_no_suppressed")
        quarantined, kept_out = run("kept_out").fetchone() or (0, 0)
        if first:
            inserted = _enter(run, entity, fresh, parts["but_kept_out"] if quarantined or kept_out else SQL(""))
        else:
            inserted, updated, same = run("merge_entity", **_columns(entity)).fetchone() or (0, 0, 0)
        if quarantined and not first:
            run("keep_old")
            left = run("leave", elsewhere=elsewhere(entity)).rowcount
        run("tombstone_suppressed")
        suppressed += kept_out
        unchanged += same
    if not first:
        run("reappear")
        vanished = run("vanish").rowcount
    removed, released, added = run("quarantine", **parts).fetchone() or (0, 0, 0)
    counts = (inserted, updated, unchanged, quarantined, suppressed, vanished, left, removed, released, added)
    return dict(zip(FLOWS, counts, strict=True))


def _enter(run: Run, entity: str, fresh: int, but_kept_out: Composable) -> int:
    """Enter the first rows of an entity; many of them first, then their indexes, which is several times as quick."""
    empty = fresh > _MANY and (run("is_empty").fetchone() or (False,))[0]
    if empty:
        run("drop_indexes")
    entered = run("insert_entity", but_kept_out=but_kept_out, **_columns(entity)).rowcount
    if empty:
        run("build_indexes")
    return entered


def elsewhere(entity: str) -> Composable:
    """Return the condition that a refused row lies elsewhere than the held version of it."""
    if not (where := consents.location(entity)):
        return SQL("true")
    columns = [Identifier(name) for name in where if name]
    return SQL("({}) is distinct from ({})").format(
        *(SQL(", ").join(SQL(side).format(column) for column in columns) for side in ("known.{}", "checked.{}"))
    )


def _columns(entity: str) -> Places:
    names = [Identifier(n) for n in pulled_columns(ENTITIES[entity]) if n != "source_key"]

    def listed(prefix: str) -> Composable:
        return SQL(", ").join(SQL(prefix + "{}").format(n) for n in names)

    return {
        "columns": listed(""),
        "known": listed("known."),
        "accepted": listed("accepted."),
        "old": listed("old."),
        "new": listed("new."),
        "assignments": SQL(", ").join(SQL("{} = accepted.{}").format(n, n) for n in names),
    }


def _quarantine_parts(conn: psycopg.Connection[Any], pull: Pull, entity: str, anything_fresh: bool) -> Places:
    # Nothing fresh: what waited still waits, by the verdict it has.
    rows = (
        SQL("inner join {} as refused on arrived._row = refused._row").format(staged(pull.source, entity, "refused"))
        if anything_fresh
        else SQL(
            "inner join quarantine.row as refused on refused.source = %(source)s and refused.entity = %(entity)s "
            "and refused.source_key is not distinct from arrived.source_key "
            "and refused.content_hash = arrived.content_hash and refused.copy = arrived.copy"
        )
    )
    return {"refused_rows": rows, "content": deciding.kept_content(columns(conn, pull.source, entity))}


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


def take_in(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> tuple[int, int, int]:
    """Merge the rows of one entity that no gate refuses and no tombstone suppresses, without books of its own.

    Args:
        conn: the warehouse, in a transaction.
        pull: a pull that both gates judged.
        entity: whose rows.

    Returns:
        Rows that are new, that differ from what was held, and that are the same.
    """
    names: dict[str, Composable] = {
        stage: staged(pull.source, entity, stage) for stage in ("checked", "refused", "suppressed")
    }
    names |= {"register": registered(entity)} | _columns(entity)
    bound = {"source": pull.source, "entity": entity, "pull_id": pull.pull_id}
    for statement in ("suppress_erased", "refuse_no_suppressed"):
        conn.execute(load(f"merge/{statement}", **names), bound)
    row = conn.execute(load("merge/merge_entity", **names), bound).fetchone()
    inserted, updated, same = row or (0, 0, 0)
    return inserted, updated, same
