"""The merge: what passed the gates enters the register, and the books balance, in one transaction (design rule 4)."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import audit, pulls, quality, retention_policy, sources
from rekisteri.errors import BooksUnbalanced
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.staging import columns, registered, require_arrived, staged
from rekisteri.statements import load


@dataclass(frozen=True)
class Book:
    """The books of one entity of one pull: flows and stocks, in rows."""

    read: int
    inserted: int
    updated: int
    unchanged: int
    quarantined: int
    suppressed: int
    vanished: int
    left: int
    removed: int
    released: int
    added: int
    register_before: int
    register_after: int
    quarantine_before: int
    quarantine_after: int

    @property
    def merged(self) -> int:
        """Rows that are new or differ from what was held."""
        return self.inserted + self.updated

    def faults(self) -> list[str]:
        """Return what does not balance, as sentences; empty when the books are right."""
        found = []
        if self.read != self.merged + self.unchanged + self.quarantined + self.suppressed:
            found.append(
                f"read {self.read} is not merged {self.merged} + unchanged {self.unchanged} + quarantined "
                f"{self.quarantined} + suppressed {self.suppressed}"
            )
        if self.register_after != self.register_before + self.inserted - self.left:
            found.append(
                f"register holds {self.register_after}, not {self.register_before} + {self.inserted} new "
                f"- {self.left} left"
            )
        if self.quarantine_after != self.quarantine_before - self.removed + self.added:
            found.append(
                f"quarantine holds {self.quarantine_after}, not {self.quarantine_before} - {self.removed} removed "
                f"+ {self.added} added"
            )
        if self.quarantine_after != self.quarantined:
            found.append(f"quarantine holds {self.quarantine_after}, not the {self.quarantined} refused")
        return found


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
            books = {e: _merge_entity(conn, pull, e, anything_fresh) for e in sources.entities(pull.source)}
            _require_balance(pull, books)
            pulls.reach(conn, pull, "merged")
            audit.record_many(conn, [*_hetu_entries(conn, pull), *(_entry(pull, e, book) for e, book in books.items())])
        audit.keep_head(conn)
    return {e: {"read": b.read, "merged": b.merged, "quarantined": b.quarantined} for e, b in books.items()}


def _merge_entity(conn: psycopg.Connection[Any], pull: Pull, entity: str, anything_fresh: bool) -> Book:
    read = require_arrived(conn, pull, entity)
    names = _names(pull, entity)
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

    before = run("stock").fetchone() or (0, 0)
    unchanged, waiting, suppressed = run("fates").fetchone() or (0, 0, 0)
    inserted = updated = same = left = 0
    if anything_fresh:
        inserted, updated, same = take_in(conn, pull, entity)
        run("keep_old")
        left = run("leave").rowcount
        run("tombstone_suppressed")
        quarantined, kept_out = (
            conn.execute(SQL("select count(*) from {}").format(names[which])).fetchone()[0]  # type: ignore[index]
            for which in ("refused", "suppressed")
        )
        suppressed += kept_out
        unchanged += same
    else:
        quarantined = waiting
    run("reappear")
    vanished = run("vanish").rowcount
    moved = run("quarantine", **_quarantine_parts(conn, pull, entity, anything_fresh)).fetchone()
    removed, released, added = moved or (0, 0, 0)
    after = run("stock").fetchone() or (0, 0)
    return Book(
        read=read,
        inserted=inserted,
        updated=updated,
        unchanged=unchanged,
        quarantined=quarantined,
        suppressed=suppressed,
        vanished=vanished,
        left=left,
        removed=removed,
        released=released,
        added=added,
        register_before=before[0],
        register_after=after[0],
        quarantine_before=before[1],
        quarantine_after=after[1],
    )


def take_in(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> tuple[int, int, int]:
    """Merge the rows of one entity that no gate refused and no tombstone suppresses into the register.

    Args:
        conn: the warehouse, in a transaction.
        pull: a pull that both gates judged.
        entity: whose rows.

    Returns:
        Rows that are new, that differ from what was held, and that are the same.
    """
    names = _names(pull, entity)
    bound = {"source": pull.source, "entity": entity, "pull_id": pull.pull_id}
    for statement in ("suppress_erased", "refuse_no_suppressed"):
        conn.execute(load(f"merge/{statement}", **names), bound)
    row = conn.execute(load("merge/merge_entity", **names, **_columns(entity)), bound).fetchone()
    inserted, updated, same = row or (0, 0, 0)
    return inserted, updated, same


def _names(pull: Pull, entity: str) -> dict[str, Composable]:
    stages = ("compared", "checked", "refused", "suppressed")
    names: dict[str, Composable] = {stage: staged(pull.source, entity, stage) for stage in stages}
    return names | {"raw": staged(pull.source, entity), "register": registered(entity)}


def _columns(entity: str) -> dict[str, Composable]:
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


def _quarantine_parts(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, anything_fresh: bool
) -> dict[str, Composable]:
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
    cells = [
        SQL("{}, staging.remove_hetu(raw.{})").format(Literal(name), Identifier(name))
        for name in columns(conn, pull.source, entity)
    ]
    return {"refused_rows": rows, "content": SQL("jsonb_build_object({})").format(SQL(", ").join(cells))}


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
