"""Who is who: ties the records of one company or person together, explained, and leaves contradictions apart.

A company is its Y-tunnus, across sources. A person is an e-mail address or a phone number together with a name
that agrees; a shared mailbox, or what many unlike names share, ties nobody. A component that contradicts itself or
is too large is noted in ``register.subject_review`` and stays unmerged: a wrong join is a wrong erasure and a wrong
disclosure. Subject ids are stable; a known record that moves to another subject voids the open plans it touches.
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from pydantic import Field, StringConstraints

from rekisteri import audit
from rekisteri.errors import WarehouseError
from rekisteri.policy import Policy, load_policy
from rekisteri.statements import load

FILE = "subjects.yaml"


class Identity(Policy):
    """The file subjects.yaml."""

    shared_mailboxes: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]+$")], ...]
    """The part before the @ of mailboxes that several people read."""
    shared_records: Annotated[int, Field(ge=1)]
    """An identifier on more records than this, under unlike names, ties nobody."""
    largest: Annotated[int, Field(ge=2)]
    """Records of one subject; a larger component goes to review."""


def identity() -> Identity:
    """Return the policy that says who is who.

    Raises:
        PolicyError: the file is missing or has a fault.
    """
    return load_policy(FILE, Identity)


def link(conn: psycopg.Connection[Any], night: date, pull_id: UUID | str | None = None) -> dict[str, int]:
    """Tie the register's records to subjects, in one transaction and one process at a time.

    Args:
        conn: the pipeline's connection to the warehouse.
        night: noted on new contradictions.
        pull_id: the pull after which this is done, for the audit.

    Returns:
        Counts: companies, persons, records by rule, reviewed, linked, unlinked, moved, plans_voided.

    Raises:
        PolicyError: subjects.yaml has a fault; nothing changes.
    """
    policy = identity()
    with conn.transaction():
        conn.execute(load("subjects/lock"))
        conn.execute(load("subjects/make_node"))
        _components(conn, policy)
        reviewed = _part_contradictions(conn, policy, night)
        for step in ("choose", "add", "name_rules"):
            conn.execute(load(f"subjects/{step}"))
        counts, moved = _linked(conn)
        voided = _void_plans(conn, night, moved)
        for step in ("drop_pseudonyms", "drop_unlinked", "drop_node"):
            conn.execute(load(f"subjects/{step}"))
        counts |= {"reviewed": reviewed, "plans_voided": voided}
        audit.record_many(conn, [audit.Entry("subjects_linked", pull_id=pull_id, night=night, numbers=counts)])
    return counts


def _components(conn: psycopg.Connection[Any], policy: Identity) -> None:
    conn.execute(
        load("subjects/fill_node"),
        {"shared_mailboxes": list(policy.shared_mailboxes), "shared_records": policy.shared_records},
    )
    conn.execute(load("subjects/start"))
    conn.execute("analyze staging.subject_node")
    while conn.execute(load("subjects/spread")).rowcount:
        conn.execute(load("subjects/jump"))


def _part_contradictions(conn: psycopg.Connection[Any], policy: Identity, night: date) -> int:
    found = conn.execute(load("subjects/contradictions"), {"largest": policy.largest}).fetchall()
    labels, rules = [row[0] for row in found], [row[1] for row in found]
    noted = conn.execute(load("subjects/note_review"), {"labels": labels, "rules": rules, "night": night}).fetchone()
    conn.execute(load("subjects/part"), {"labels": labels})
    return int(noted[0]) if noted else 0


def _linked(conn: psycopg.Connection[Any]) -> tuple[dict[str, int], list[UUID]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        changed = cursor.execute(load("subjects/link")).fetchone()
        counts = cursor.execute(load("subjects/counts")).fetchone()
    if changed is None or counts is None:
        raise WarehouseError("include/sql/subjects/link.sql and counts.sql must each return one row; restore them")
    moved: list[UUID] = changed.pop("moved_subjects")
    return counts | changed, moved


def _void_plans(conn: psycopg.Connection[Any], night: date, moved: list[UUID]) -> int:
    if not moved:
        return 0
    voided = conn.execute(load("subjects/void_plans"), {"subjects": moved}).fetchall()
    audit.record_many(conn, [audit.Entry("plan_voided", night=night, plan_checksum=row[0]) for row in voided])
    return len(voided)
