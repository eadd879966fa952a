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
from typing import Any, get_args
from uuid import UUID, uuid4

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import (
    audit,
    checked,
    comparison,
    expectations,
    extracts,
    gate_relation,
    merging,
    pulls,
    quality,
    recount,
    refusing,
    retention_policy,
    rules,
    sources,
    staging,
    subjects,
    warehouse_version,
)
from rekisteri.books import FLOWS, Book
from rekisteri.counting import Counter
from rekisteri.errors import BooksUnbalanced
from rekisteri.expectations import EXPECTS
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.residency import admission, gate, transfers
from rekisteri.statements import load

KINDS = (*get_args(rules.Kind), EXPECTS, gate.GATE)
"""Kinds of rules that are asked again here; what another kind refused, the next pull judges."""


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
    staged = {entity: _stage(conn, pull, entity) for entity in sources.entities(source)}
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
    verdicts = _judge(conn, pull)
    # What comes in was brought by the newest pull, not by one that read nothing.
    brought = pull._replace(pull_id=newest)
    done = Retest(source, {entity: _move(conn, brought, entity, staged[entity]) for entity in compared})
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


def _stage(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> int:
    """Put what waits of an entity, with its content, where a pull would have put it; return how many rows."""
    bound = {"source": pull.source, "entity": entity}
    there = conn.execute(load("quarantine/with_content"), bound).fetchone()
    staged = 0
    if there and there[0]:
        names = extracts.columns(pull.source, entity)
        cells = [SQL("waiting.row ->> {} as {}").format(Literal(name), Identifier(name)) for name in names]
        places: dict[str, Composable] = {name: Literal(value) for name, value in bound.items()}
        places |= {"raw": staging.staged(pull.source, entity), "columns": Literal(names), "kinds": Literal(list(KINDS))}
        # Composed in: what makes a table takes no parameters.
        staged = conn.execute(load("quarantine/stage", cells=SQL(",\n    ").join(cells), **places)).rowcount
    arrived = {
        "pull_id": pull.pull_id, "entity": entity, "read": staged, "part": "part" if staged else "same", "skipped": 0,
        "shape": "", "buckets": None, "watermark": None,
    }  # fmt: skip
    conn.execute(load("pull/arrived"), arrived)
    return staged


def _judge(conn: psycopg.Connection[Any], pull: Pull) -> list[audit.Entry]:
    """Hold the rows against both gates, in a pull's order; return the residency gate's verdicts."""
    delivered = staging.touched(conn, pull)
    counter: Counter | None = None
    for entity in delivered:
        asked = gate_relation.asked_of(conn, pull, entity)
        gate_relation.make_gate(conn, pull, entity, asked, delivered)
        refuses: list[refusing.Breakable] = [rule for rule in asked if rule.refuses]
        if expected := expectations.expected(pull.source, entity):
            # Great Expectations cannot see what is not committed, but says under which conditions a row breaks one.
            counter = counter or Counter(lambda entity, outcome: None)
            refuses += counter.conditions(entity, expected)
        refusing.refuse(conn, pull.source, entity, quality.GATE, refuses)
        deciding.apply(conn, pull.source, entity)
    return [
        audit.Entry(
            "residency_verdict", night=pull.night, source=pull.source, entity=entity, rule=f"residency:{found.column}",
            numbers={"locations": found.locations, "outside": found.outside, "refused": found.refused,
                     "consented": found.consented},
        )
        for entity in delivered
        for found in gate.judge(conn, pull, entity, reads=False)
    ]  # fmt: skip


def _move(conn: psycopg.Connection[Any], pull: Pull, entity: str, read: int) -> Book:
    """Merge what passed, take it out of quarantine, and say of the rest by which rules it waits."""
    stages = ("compared", "checked", "refused", "suppressed")
    places: dict[str, Composable] = {stage: staging.staged(pull.source, entity, stage) for stage in stages}
    places |= {"register": staging.registered(entity), "elsewhere": merging.elsewhere(entity)}
    review = retention_policy.read().tombstone_review
    bound = {"source": pull.source, "entity": entity, "night": pull.night, "review": review}

    def run(name: str) -> psycopg.Cursor[Any]:
        return conn.execute(load(name, **places), bound)

    register, quarantine = run("merge/stock").fetchone() or (0, 0)
    inserted, updated, same = merging.take_in(conn, pull, entity)
    unchanged, _, tombstoned, _ = run("merge/fates").fetchone() or (0, 0, 0, 0)
    refused, suppressed = run("merge/kept_out").fetchone() or (0, 0)
    run("merge/keep_old")
    left = run("merge/leave").rowcount
    run("merge/tombstone_suppressed")
    run("quarantine/note_rules")
    removed = run("quarantine/let_go").rowcount
    after = run("merge/stock").fetchone() or (0, 0)
    moved = dict.fromkeys(FLOWS, 0) | {
        "inserted": inserted, "updated": updated, "unchanged": same + unchanged, "quarantined": refused,
        "suppressed": suppressed + tombstoned, "left": left, "removed": removed,
        "released": removed - suppressed - tombstoned,
    }  # fmt: skip
    return Book(
        read=read, skipped=0, waiting=quarantine - read, register_before=register, register_after=after[0],
        quarantine_before=quarantine, quarantine_after=after[1], **moved,
    )  # fmt: skip
