"""Judges again what waits in quarantine, by what is kept of it, without reading the source, and lets in what passes.

For the time after a rule or a policy was mended here. The rows go through the same steps as a pull's: compared with the
register, brought into one form, suppressed by tombstones, held against both gates, merged with books that balance, said
who they are. All is one transaction: killed anywhere, nothing has happened. Great Expectations looks over a connection
of its own and cannot see what is not committed: the quality rules are held against the rows by SQL alone, whose verdict
is the same, since a pull in which the two differ is refused (``quality``).

A pull does the same by itself: when a rule, policy or library changed, it reads and judges everything anew. A retest
only does it now, and ends in the same register. Left alone are rows that have no content any more (expired, rejected),
that were kept under another SELECT, or that a kind of rule refused which only a pull can ask.
"""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg

from rekisteri import (
    audit,
    checked,
    comparison,
    pulls,
    recount,
    sources,
    staging,
    subjects,
    warehouse_version,
)
from rekisteri.books import Book
from rekisteri.errors import BooksUnbalanced
from rekisteri.quarantine import waiting
from rekisteri.residency import admission, transfers
from rekisteri.statements import load


@dataclass(frozen=True)
class Retest:
    """What a retest of one source did."""

    source: str
    books: dict[str, Book] = field(default_factory=dict)
    """By entity of which anything was judged again."""

    @property
    def released(self) -> int:
        """Rows that came in."""
        return sum(book.released for book in self.books.values())

    @property
    def looked_at(self) -> int:
        """Rows that were judged again."""
        return sum(book.read for book in self.books.values())


def retest_all(on: date) -> list[Retest]:
    """Judge again what waits of every source that is declared.

    Raises:
        WarehouseError: as ``retest``; the sources before it are done.
    """
    with warehouse_version.connect() as conn:
        waiting = {row[0] for row in conn.execute(load("quarantine/waiting_sources"))}
    return [retest(name, on) for name in sources.read() if name in waiting]


def retest(source: str, on: date) -> Retest:
    """Judge again what waits of a source, and let in what passes; dependants come in with their parent.

    Args:
        source: name in sources.yaml.
        on: the night whose policies count.

    Raises:
        PolicyError: a policy or a SELECT has a fault.
        ResidencyRefused: the source or its processor is outside the EU/EEA: nothing of it comes in.
        BooksUnbalanced: rows are missing or too many; nothing is changed.
        WarehouseError: a pull of the source is at work.
    """
    admission.check_source(source, on)
    with warehouse_version.connect() as conn, pulls.without_values(f"retest of {source}"):
        admission.admit_warehouse(conn, on)
        conn.execute(load("pull/session"), {"lock_timeout": pulls.LOCK_TIMEOUT})
        conn.execute(load("pull/lock"), {"source": source})
        pulls.require_idle(conn, source)
        with conn.transaction():
            newest = conn.execute(load("quarantine/newest_pull"), {"source": source}).fetchone()
            done = _retest(conn, source, on, newest[0]) if newest else Retest(source)
        audit.keep_head(conn)
    return done


def _retest(conn: psycopg.Connection[Any], source: str, on: date, newest: UUID) -> Retest:
    ended = conn.execute(load("quarantine/supersede"), {"source": source}).fetchall()
    pull = pulls.get(conn, pulls.begin(conn, source, on, f"retest {uuid4()}"))
    recount.clear(conn, source)
    staged = {entity: waiting.stage(conn, pull, entity) for entity in sources.entities(source)}
    if not any(staged.values()):
        recount.clear(conn, source)
        conn.execute(load("quarantine/forget_pull"), {"pull_id": pull.pull_id})
        return Retest(source)
    compared = {
        entity: comparison.compare(conn, pull, entity, arrival)
        for entity, arrival in staging.arrivals(conn, pull).items()
        if arrival.part != "same"
    }
    checked.conform_pull(conn, pull, compared)
    verdicts = waiting.judge(conn, pull)
    # What comes in was brought by the newest pull, not by one that read nothing.
    brought = pull._replace(pull_id=newest)
    done = Retest(source, {entity: waiting.move(conn, brought, entity, staged[entity]) for entity in compared})
    transfers.log(conn, brought)
    if faults := [f"{source}.{entity}: {fault}" for entity, book in done.books.items() for fault in book.faults()]:
        raise BooksUnbalanced(
            "the books of the retest do not balance and nothing was released: " + "; ".join(faults)
            + "; the next pull judges these rows anew; please report it"
        )  # fmt: skip
    recount.clear(conn, source)
    conn.execute(load("quarantine/forget_pull"), {"pull_id": pull.pull_id})
    subjects.link(conn, pull.night, newest)
    refused = [audit.Entry("pull_refused", pull_id=one, night=night, source=source) for one, night in ended]
    released = [
        audit.Entry(
            "quarantine_released", newest, pull.night, source, entity,
            numbers=asdict(book) | {"merged": book.merged, "balanced": True},
        )
        for entity, book in done.books.items()
    ]  # fmt: skip
    audit.record_many(conn, [*refused, *verdicts, *released])
    return done
