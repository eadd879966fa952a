"""Who is who: ties the records of one company or person together, explained, and leaves contradictions apart.

A company is its Y-tunnus, across sources. A person is an e-mail address or a phone number together with a name
that agrees; a shared mailbox, or what many unlike names share, ties nobody. What a member of staff decided of two
records stands (``decisions``). A component that contradicts itself or is too large is noted in
``register.subject_review`` and stays unmerged: a wrong join is a wrong erasure and a wrong disclosure.

Only what is touched is looked at again. Triggers note each record that is added, changed or removed; from these all is
reached that is, or was, of one component with them; the components of what was reached are made anew, with the same
subject ids, and nothing else is read. Under other rules (policy, SQL or this module) all links are made anew. Subject
ids are stable; a known record that moves to another subject voids the open plans it touches.
"""

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from pydantic import Field, StringConstraints

from rekisteri import audit, paths
from rekisteri.errors import WarehouseError
from rekisteri.policy import Policy, load_policy
from rekisteri.statements import load

FILE = "subjects.yaml"
TIES = ("y_tunnus", "email+name", "phone+name", "decided")
"""Kinds of identifiers that tie records, the strongest first: a link's rule is the first that holds."""

_WORK = ("key", "reached", "node", "tie")
_NOTHING_DONE = ("looked_at", "companies", "persons", *(tie.replace("+", "_") for tie in TIES), "alone",
                 "linked", "unlinked", "moved", "reviewed", "dropped", "plans_voided")  # fmt: skip


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


def fingerprint() -> str:
    """Return a checksum of all that decides who is who, but for the register and the decisions of staff."""
    digest = hashlib.sha256()
    statements = sorted((paths.SQL / "subjects").glob("*.sql"))
    for path in (Path(__file__), *statements, paths.SQL / "warehouse/45_name_key.sql"):
        digest.update(path.read_bytes())
    digest.update(identity().model_dump_json().encode())
    return digest.hexdigest()


def link(
    conn: psycopg.Connection[Any], night: date, pull_id: UUID | str | None = None, *, rebuild: bool = False
) -> dict[str, int]:
    """Tie the records that were touched to subjects, in one transaction and one process at a time.

    Args:
        conn: the pipeline's connection to the warehouse.
        night: noted on new contradictions.
        pull_id: the pull after which this is done, for the audit.
        rebuild: look at all records, not only at those that were touched.

    Returns:
        Counts, all of what was looked at: looked_at, companies, persons, records by rule, reviewed, linked, unlinked,
        moved, dropped (subjects that no record is about any more), plans_voided; all zero where nothing was touched.

    Raises:
        PolicyError: subjects.yaml has a fault; nothing changes.
    """
    policy, rules = identity(), fingerprint()
    counts = dict.fromkeys(_NOTHING_DONE, 0)
    with conn.transaction():
        conn.execute(load("subjects/lock"))
        pending = _one(conn, "pending")
        anew = rebuild or pending["fingerprint"] != rules
        if pending["touched"] or anew:
            _reach(conn, policy, anew)
            _components(conn, policy)
            counts |= _relink(conn, policy, night)
            conn.execute(load("subjects/keep_state"), {"fingerprint": rules})
            for name in _WORK:
                conn.execute(load(f"subjects/drop_{name}"))
        if pull_id or any(counts.values()):
            audit.record_many(conn, [audit.Entry("subjects_linked", pull_id=pull_id, night=night, numbers=counts)])
    return counts


def _reach(conn: psycopg.Connection[Any], policy: Identity, anew: bool) -> None:
    """Bring the identifiers up to date and list all records whose component may be another one now."""
    for name in _WORK:
        conn.execute(load(f"subjects/make_{name}"))
    conn.execute(load("subjects/take_touched"))
    if anew:
        conn.execute(load("subjects/take_all"))
    conn.execute("analyze staging.subject_key")
    everything = anew or bool(_one(conn, "is_much")["much"])
    if not everything:
        # Before and after: whoever was tied to a record, and whoever is.
        conn.execute(load("subjects/reach_sharing"))
    conn.execute(load("subjects/refresh"), {"shared_mailboxes": list(policy.shared_mailboxes)})
    if everything:
        conn.execute("analyze register.subject_identifier")
        conn.execute(load("subjects/reach_all"))
    else:
        conn.execute(load("subjects/reach_sharing"))
        conn.execute(load("subjects/reach_tied"))
    conn.execute("analyze staging.subject_reached")


def _components(conn: psycopg.Connection[Any], policy: Identity) -> None:
    conn.execute(load("subjects/fill_node"), {"shared_records": policy.shared_records})
    conn.execute("analyze staging.subject_node")
    conn.execute(load("subjects/fill_tie"))
    conn.execute(load("subjects/deny"))
    conn.execute("analyze staging.subject_tie")
    while conn.execute(load("subjects/spread")).rowcount:
        conn.execute(load("subjects/jump"))


def _relink(conn: psycopg.Connection[Any], policy: Identity, night: date) -> dict[str, int]:
    """Make reviews, subjects and links equal the components; return the counts."""
    found = conn.execute(load("subjects/contradictions"), {"largest": policy.largest}).fetchall()
    labels, rules = [row[0] for row in found], [row[1] for row in found]
    reviewed = _one(conn, "note_review", labels=labels, rules=rules, night=night)
    conn.execute(load("subjects/part"), {"labels": labels})
    conn.execute(load("subjects/choose"))
    conn.execute(load("subjects/add"))
    counts = _one(conn, "link", kinds=list(TIES))
    moved, loosed = counts.pop("moved_subjects"), counts.pop("loosed_subjects")
    voided = _void_plans(conn, night, moved)
    conn.execute(load("subjects/drop_pseudonyms"), {"subjects": loosed})
    dropped = conn.execute(load("subjects/drop_unlinked"), {"subjects": loosed}).rowcount
    return counts | reviewed | {"dropped": dropped, "plans_voided": voided}


def _one(conn: psycopg.Connection[Any], statement: str, **bound: Any) -> dict[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(load(f"subjects/{statement}"), bound or None).fetchone()
    if row is None:
        raise WarehouseError(f"include/sql/subjects/{statement}.sql must return one row; restore it")
    return row


def _void_plans(conn: psycopg.Connection[Any], night: date, moved: list[UUID]) -> int:
    if not moved:
        return 0
    voided = conn.execute(load("subjects/void_plans"), {"subjects": moved}).fetchall()
    audit.record_many(conn, [audit.Entry("plan_voided", night=night, plan_checksum=row[0]) for row in voided])
    return len(voided)
