"""Carries out an approved plan in one transaction: what is approved, still due, and of no source to be waited for.

The pulls' locks are held meanwhile: a pull that compared itself with the register before an erasure must not merge
after it. Media files go first, inside the transaction: killed between file and commit, the next run finds the file
missing and goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from rekisteri import audit, pulls, retention, retention_policy, subjects
from rekisteri.erasure import approval, media, planning, tombstones
from rekisteri.errors import ErasureRefused
from rekisteri.model import ENTITIES
from rekisteri.quarantine import belonging
from rekisteri.statements import load


@dataclass(frozen=True)
class Erasure:
    """What an erasure did, in records; ``no_longer_due`` and ``waiting`` were planned and left alone."""

    erased: dict[str, int] = field(default_factory=dict)
    """By entity."""
    restricted: dict[str, int] = field(default_factory=dict)
    """By entity."""
    no_longer_due: int = 0
    waiting: int = 0
    media: int = 0
    quarantine: int = 0
    subjects: int = 0
    decisions: int = 0
    """Of staff, on who is who, that name an erased record."""
    row_tombstones: int = 0
    identifier_tombstones: int = 0
    marketing_prohibitions: int = 0

    def totals(self) -> dict[str, int]:
        """Return the counts for the audit."""
        counts = {name: n for name, n in vars(self).items() if isinstance(n, int)}
        return counts | {"erased": sum(self.erased.values()), "restricted": sum(self.restricted.values())}


def erase(conn: psycopg.Connection[Any], checksum: str, night: date, stores: media.Stores | None = None) -> Erasure:
    """Erase and restrict what an approved plan lists and this night's reckoning confirms.

    Args:
        conn: the pipeline's connection to the warehouse, with no transaction open.
        checksum: the plan's.
        night: the night of the erasure, on or after the plan's.
        stores: source to the folder of its object store, where recordings' media are.

    Raises:
        ErasureRefused: the plan is unknown, void, rejected or not approved, its items are not those that were
            approved, or an object store is not there; then no record is erased.
    """
    with pulls.without_values("erasure"):
        with conn.transaction():
            done = _erase(conn, checksum, night, stores or {})
        audit.keep_head(conn)
    return done


def _erase(conn: psycopg.Connection[Any], checksum: str, night: date, stores: media.Stores) -> Erasure:
    values = {"checksum": checksum, "night": night, "review": retention_policy.read().tombstone_review}
    conn.execute(load("erasure/lock"))
    conn.execute(load("erasure/lock_sources"), values)
    if not approval.require_approved(conn, checksum):
        conn.execute(load("erasure/set_state"), values | {"state": "erased"})
        return Erasure()
    _require_unchanged(conn, checksum)
    planning.decide(conn, night)
    waiting, no_longer_due = _confirm(conn, values)
    conn.execute("analyze staging.retention_verdict")
    # While a source is waited for, the plan stays open for its records; unless who is who changes by what goes.
    conn.execute(load("erasure/set_state"), values | {"state": "approved" if waiting else "erased"})
    done = _carry_out(conn, values, stores, waiting, no_longer_due)
    retention.clear(conn)
    # Takes the compared identifiers and reviews of what is gone; a component that it held together falls apart.
    subjects.link(conn, night)
    if done.erased or done.restricted or no_longer_due or waiting:
        audit.record_many(conn, _entries(done, checksum, night))
    return done


def _require_unchanged(conn: psycopg.Connection[Any], checksum: str) -> None:
    held = planning.listed(
        conn, SQL("register.erasure_item"), SQL("item.checksum = %(checksum)s"), {"checksum": checksum}
    )
    if held.checksum != checksum:
        raise ErasureRefused(
            f"plan {checksum[:12]}: its items are not those that were approved; nothing was erased. Find out who "
            "changed register.erasure_item, then let plan_erasure make a new plan"
        )


def _confirm(conn: psycopg.Connection[Any], values: Mapping[str, Any]) -> tuple[int, int]:
    """Leave in the verdicts what the plan lists, less what must wait; return records waiting, and no longer due."""
    conn.execute(load("erasure/drop_partial"), values)
    conn.execute(load("erasure/confirm"), values)
    _drop_parents(conn)
    planned, confirmed = planning.one(conn.execute(load("erasure/count_left"), values))
    sources = [row[0] for row in conn.execute(load("erasure/waiting_sources"), values)]
    conn.execute(load("erasure/drop_waiting"), {"sources": sources})
    _drop_parents(conn)
    _, left = planning.one(conn.execute(load("erasure/count_left"), values))
    return confirmed - left, planned - confirmed


def _drop_parents(conn: psycopg.Connection[Any]) -> None:
    for entity, column, parent in reversed(list(retention.references())):
        conn.execute(
            load("erasure/drop_parent", register=retention.register(entity), column=Identifier(column)),
            {"entity": entity, "parent": parent},
        )


def _carry_out(
    conn: psycopg.Connection[Any], values: dict[str, Any], stores: media.Stores, waiting: int, no_longer_due: int
) -> Erasure:
    tombstones.gather(conn)
    prohibitions = tombstones.keep_prohibitions(conn)
    conn.execute(load("erasure/mark_done"), values)
    destroyed = _destroy_media(conn, values, stores)
    erased, restricted = _rows(conn, "delete_rows"), _rows(conn, "restrict_rows")
    for statement in ("holds", "misplaced", "transfers"):
        conn.execute(load(f"erasure/delete_{statement}"))
    decisions = int(planning.one(conn.execute(load("erasure/delete_decisions")))[0])
    unlinked = {"subjects": planning.one(conn.execute(load("erasure/delete_links")))[0]}
    conn.execute(load("subjects/drop_pseudonyms"), unlinked)
    dropped = conn.execute(load("subjects/drop_unlinked"), unlinked).rowcount
    rows, identifiers = tombstones.leave(conn, values)
    quarantine = _delete_quarantined(conn, values)
    return Erasure(
        erased=erased,
        restricted=restricted,
        no_longer_due=no_longer_due,
        waiting=waiting,
        media=destroyed,
        quarantine=quarantine,
        subjects=dropped,
        decisions=decisions,
        row_tombstones=rows,
        identifier_tombstones=identifiers,
        marketing_prohibitions=prohibitions,
    )


def _delete_quarantined(conn: psycopg.Connection[Any], values: dict[str, Any]) -> int:
    """Erase what waits in quarantine of the erased records, under other keys and, parents first, what refers to it."""
    conn.execute(load("erasure/make_erased_key"))
    gone = conn.execute(load("erasure/delete_quarantine")).rowcount
    # After the tombstones: by these it is known under whichever key.
    belonging.identify(conn)
    for entity in dict.fromkeys(entity for entity, _, _ in belonging.about_somebody()):
        statement = load("erasure/delete_quarantine_identifier", register=retention.register(entity))
        gone += int(planning.one(conn.execute(statement, values | {"entity": entity}))[0])
    conn.execute(load("quarantine/drop_identifier"))
    for entity, column, parent in retention.references():
        found = conn.execute(
            load("erasure/delete_quarantine_child"), {"entity": entity, "parent": parent, "column": column}
        ).fetchone()
        gone += int(found[0]) if found else 0
    conn.execute(load("erasure/delete_quarantine_decisions"))
    conn.execute(load("erasure/drop_erased_key"))
    return gone


def _rows(conn: psycopg.Connection[Any], statement: str) -> dict[str, int]:
    """Run a statement for each entity, children before parents; return the counts that are not zero."""
    counts = {
        entity: conn.execute(
            load(f"erasure/{statement}", register=retention.register(entity)), {"entity": entity}
        ).rowcount
        for entity in reversed(ENTITIES)
    }
    return {entity: n for entity, n in counts.items() if n}


def _destroy_media(conn: psycopg.Connection[Any], values: dict[str, Any], stores: media.Stores) -> int:
    found = conn.execute(load("erasure/media")).fetchall()
    files = media.places(stores, [(source, path) for source, _, path in found])
    columns = {name: [row[n] for row in found] for n, name in enumerate(("sources", "keys", "paths"))}
    conn.execute(load("erasure/note_media"), values | columns)
    for (source, _, _), file in zip(found, files, strict=True):
        with media.without_paths(source):
            file.unlink(missing_ok=True)
    return len(files)


def _entries(done: Erasure, checksum: str, night: date) -> list[audit.Entry]:
    by_entity = [
        audit.Entry("erased", night=night, entity=entity, plan_checksum=checksum, numbers={"erased": n})
        for entity, n in done.erased.items()
    ]
    if done.media:
        numbers = {"files": done.media}
        by_entity.append(audit.Entry("media_destroyed", night=night, plan_checksum=checksum, numbers=numbers))
    return [*by_entity, audit.Entry("erased", night=night, plan_checksum=checksum, numbers=done.totals())]
