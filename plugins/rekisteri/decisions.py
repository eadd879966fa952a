"""Decisions of staff on who is who: two records are about one subject, or are not, whatever their identifiers say.

    decide   writes a decision on two records, in place of an earlier one
    forget   takes it back

Both write to the evidence in the same transaction, by the data protection officer's login, and let ``subjects.link``
look at the two records again. `apart` beats every tie: what both records carry ties nobody, and where a third record
still holds them in one component, that component is reviewed and left unmerged. `merge` never joins two Y-tunnus.
"""

import re
from datetime import date
from typing import Any, Literal, NamedTuple, get_args

import psycopg
from psycopg.rows import dict_row

from rekisteri import audit, controller, pulls, subjects
from rekisteri.errors import DecisionRefused
from rekisteri.statements import load

Decision = Literal["merge", "apart"]

_REASON = re.compile(r"[a-z_]{1,40}")
_AGAINST = {
    "two_kinds": "one is a company, the other a person",
    "two_y_tunnus": "together they would have two Y-tunnus; have the wrong one corrected at its source",
    "decided_apart": "records of theirs were decided apart; `rekisteri who forget` takes that back first",
    "too_large": "together they would be more records than subjects.yaml allows one subject (largest)",
}


class Record(NamedTuple):
    """A record that is about somebody, by its place in the register."""

    source: str
    entity: str
    source_key: str


def decide(
    conn: psycopg.Connection[Any],
    one: Record,
    other: Record,
    decision: Decision,
    *,
    reason: str,
    staff: str,
    decided_on: date,
) -> None:
    """Write what is decided of two records; ``subjects.link`` then carries it out.

    Args:
        conn: connection of the data protection officer, with no transaction open.
        one: a customer, person or prospect.
        other: another one.
        decision: ``merge``, they are about one subject; ``apart``, they are not.
        reason: a code of lower-case letters and underscores; no free text.
        staff: id of the approver who decides.
        decided_on: the day.

    Raises:
        DecisionRefused: no approver decides, the register lacks a record, or a merge would be a contradiction.
    """
    _require_approver(staff)
    if decision not in get_args(Decision):
        raise DecisionRefused("a decision is merge or apart")
    if not _REASON.fullmatch(reason):
        raise DecisionRefused("the reason is a code of lower-case letters and underscores (40 at most), no free text")
    pair = _pair(one, other)
    with pulls.without_values("decision on who is who"):
        with conn.transaction():
            conn.execute(load("subjects/lock"))
            _require_sound(conn, pair, decision)
            values = {"decision": decision, "reason": reason, "staff": staff, "decided_on": decided_on}
            conn.execute(load("who/decide"), pair | values)
            conn.execute(load("who/touch"), pair)
            audit.record(
                conn, "subject_decided", night=decided_on, source=one.source, entity=one.entity, rule=decision,
                staff=staff,
            )  # fmt: skip
        audit.keep_head(conn)


def forget(conn: psycopg.Connection[Any], one: Record, other: Record, *, staff: str, forgotten_on: date) -> None:
    """Take back what was decided of two records: their identifiers alone say who they are.

    Args:
        conn: connection of the data protection officer, with no transaction open.
        one: a record.
        other: the other one.
        staff: id of the approver who takes it back.
        forgotten_on: the day.

    Raises:
        DecisionRefused: no approver takes it back, or nothing was decided of the two.
    """
    _require_approver(staff)
    pair = _pair(one, other)
    with pulls.without_values("decision on who is who"):
        with conn.transaction():
            conn.execute(load("subjects/lock"))
            row = conn.execute(load("who/forget"), pair).fetchone()
            if row is None:
                raise DecisionRefused(
                    "nothing was decided of these two records; `rekisteri who review` lists decisions"
                )
            conn.execute(load("who/touch"), pair)
            audit.record(
                conn, "subject_undecided", night=forgotten_on, source=one.source, entity=one.entity, rule=row[0],
                staff=staff,
            )  # fmt: skip
        audit.keep_head(conn)


def _pair(one: Record, other: Record) -> dict[str, Any]:
    return {
        **one._asdict(),
        "other_source": other.source,
        "other_entity": other.entity,
        "other_key": other.source_key,
    }


def _require_approver(staff: str) -> None:
    if staff not in controller.read().approvers:
        raise DecisionRefused(
            f"{staff!r} is not among the approvers of include/policy/controller.yaml; nothing is decided"
        )


def _require_sound(conn: psycopg.Connection[Any], pair: dict[str, Any], decision: Decision) -> None:
    with conn.cursor(row_factory=dict_row) as cursor:
        bound = pair | {"largest": subjects.identity().largest}
        found = cursor.execute(load("who/against"), bound).fetchone() or {"known": 0}
    if found["known"] != 2:
        raise DecisionRefused(
            "a decision is about two records that are tied to subjects (customer, person or prospect), and one of "
            "these is not, or is named twice; see source, entity and key, and that `rekisteri who --rebuild` has run"
        )
    for rule, told in _AGAINST.items():
        if decision == "merge" and found[rule]:
            raise DecisionRefused(f"these records cannot be merged: {told}; nothing is decided")
