"""What a member of staff decided of one refused row: let in though a quality rule refuses it, or never to come in.

A decision is about a row as it is: its key and the digest of its content. It sticks while the source sends the same
row, whatever becomes of the rules, and ends when the source sends another content: that is judged anew.

``release`` overrules the rules that refuse the row at the time, and no others. Which can be overruled is said by
``overruling``.
"""

import re
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import audit, controller, pulls
from rekisteri.errors import DecisionRefused
from rekisteri.quarantine import overruling
from rekisteri.staging import columns, registered, staged
from rekisteri.statements import load

REJECTED = "rejected"
"""The rule by which a rejected row is refused where no other one refuses it."""
_REASON = re.compile(r"[a-z_]{1,40}")


def release(conn: psycopg.Connection[Any], quarantine_id: int, *, reason: str, staff: str, decided_on: date) -> str:
    """Decide that a row comes in though quality rules refuse it; ``retesting.retest`` of its source then lets it in.

    Args:
        conn: connection of the data protection officer, with no transaction open.
        quarantine_id: the row's number.
        reason: a code of lower-case letters and underscores; no free text.
        staff: id of the approver who decides.
        decided_on: the day.

    Returns:
        The row's source.

    Raises:
        DecisionRefused: no approver decides, there is no such row, its content is gone, or a rule that refuses it
            cannot be overruled.
        WarehouseError: another process works on the source.
    """
    _require_sound(reason, staff)
    with pulls.without_values("decision on a quarantined row"):
        row = _locked(conn, quarantine_id)
        if not row["has_content"]:
            raise DecisionRefused(
                f"quarantined row {quarantine_id} was emptied ({row['decision'] or 'its time is over'}): nobody can "
                "see what would be let in; have it mended at the source"
            )
        against = {rule: overruling.may_overrule(row["entity"], rule) for rule in row["rules"]}
        if row["gate"] != "quality":
            against |= dict.fromkeys(row["rules"], overruling.NEVER["residency"])
        if told := "; ".join(f"{rule}: {why}" for rule, why in against.items() if why):
            raise DecisionRefused(f"quarantined row {quarantine_id} cannot be released by hand: {told}")
        _decide(conn, row, "release", reason, staff, decided_on)
    audit.keep_head(conn)
    return str(row["source"])


def reject(conn: psycopg.Connection[Any], quarantine_id: int, *, reason: str, staff: str, decided_on: date) -> str:
    """Decide that a row never comes in, and take its content away; the books count it while the source sends it.

    Args:
        conn: connection of the data protection officer, with no transaction open.
        quarantine_id: the row's number.
        reason: a code of lower-case letters and underscores; no free text.
        staff: id of the approver who decides.
        decided_on: the day.

    Returns:
        The row's source.

    Raises:
        DecisionRefused: no approver decides, there is no such row, or it is so old that nobody knows it again.
        WarehouseError: another process works on the source.
    """
    _require_sound(reason, staff)
    with pulls.without_values("decision on a quarantined row"):
        row = _locked(conn, quarantine_id)
        if not row["has_digest"]:
            raise DecisionRefused(
                f"quarantined row {quarantine_id} was emptied before its content had a digest: the next pull would not "
                "know it again; have it mended or removed at the source"
            )
        _decide(conn, row, "reject", reason, staff, decided_on)
    audit.keep_head(conn)
    return str(row["source"])


def _require_sound(reason: str, staff: str) -> None:
    require_approver(staff)
    if not _REASON.fullmatch(reason):
        raise DecisionRefused("the reason is a code of lower-case letters and underscores (40 at most), no free text")


def require_approver(staff: str) -> None:
    """Refuse whoever is not among the approvers.

    Raises:
        DecisionRefused: the staff id is not in controller.yaml.
    """
    if staff not in controller.read().approvers:
        raise DecisionRefused(
            f"{staff!r} is not among the approvers of include/policy/controller.yaml; nothing is decided or shown"
        )


def _locked(conn: psycopg.Connection[Any], quarantine_id: int) -> dict[str, Any]:
    """Return a row as it is once no step of a pull of its source can change it; the lock lasts with the connection."""
    row = one(conn, quarantine_id)
    conn.execute(load("pull/session"), {"lock_timeout": pulls.LOCK_TIMEOUT})
    conn.execute(load("pull/lock"), {"source": row["source"]})
    pulls.require_idle(conn, row["source"])
    return one(conn, quarantine_id)


def one(conn: psycopg.Connection[Any], quarantine_id: int) -> dict[str, Any]:
    """Return a quarantined row without what it holds, and what was decided of it.

    Raises:
        DecisionRefused: there is none with this number.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(load("quarantine/one"), {"quarantine_id": quarantine_id}).fetchone()
    if row is None:
        raise DecisionRefused(
            f"no row {quarantine_id} is in quarantine: it came in, its source sends it no more, or it got a new number "
            "when its source changed it; find it by `rekisteri quarantine list`, of one person or company by "
            "`--subject SOURCE ENTITY KEY`, or name it by --source, --entity and --key; `rekisteri quarantine decided` "
            "lists what a person let in"
        )
    return row


def _decide(
    conn: psycopg.Connection[Any], row: dict[str, Any], decision: str, reason: str, staff: str, decided_on: date
) -> None:
    with conn.transaction():
        conn.execute(
            load("quarantine/decide"),
            {
                "quarantine_id": row["quarantine_id"], "decision": decision, "reason": reason, "staff": staff,
                "decided_on": decided_on, "emptied": decision == "reject",
            },
        )  # fmt: skip
        audit.record(
            conn, "quarantine_decided", night=decided_on, source=row["source"], entity=row["entity"],
            rule=f"{decision}:{reason}", staff=staff, rules=len(row["rules"]),
        )  # fmt: skip


def apply(conn: psycopg.Connection[Any], source: str, entity: str) -> int:
    """Carry out, after the quality gate has judged an entity, what was decided of its rows.

    Args:
        conn: the warehouse, in the gate's transaction.
        source: name in sources.yaml.
        entity: whose rows.

    Returns:
        Rows refused more than the gate refused; negative where more were let in.
    """
    bound = {"source": source, "entity": entity}
    if not _any(conn, bound):
        return 0
    places = {stage: staged(source, entity, stage) for stage in ("refused", "checked")}
    places |= {"raw": staged(source, entity)}
    content = kept_content(columns(conn, source, entity))
    let_in = conn.execute(load("quarantine/overrule", content=content, **places), bound).rowcount
    return conn.execute(load("quarantine/keep_out", content=content, **places), bound).rowcount - let_in


def forget_ended(conn: psycopg.Connection[Any], source: str, entity: str) -> None:
    """Forget, in a merge, the decisions on rows that the source does not send any more."""
    bound = {"source": source, "entity": entity}
    if _any(conn, bound):
        content = kept_content(columns(conn, source, entity))
        places = {"raw": staged(source, entity), "register": registered(entity)}
        conn.execute(load("quarantine/forget_decisions", content=content, **places), bound)


def _any(conn: psycopg.Connection[Any], bound: dict[str, str]) -> bool:
    row = conn.execute(load("quarantine/any_decided"), bound).fetchone()
    return bool(row and row[0])


def kept_content(names: list[str]) -> Composable:
    """Return the expression of what quarantine keeps of a raw row: its texts, without personal identity codes."""
    # Every such code holds six digits: a text without is not searched further, which is several times as quick.
    cells = [
        SQL("{n}, case when raw.{c} ~ '[0-9]{{6}}' then staging.remove_hetu(raw.{c}) else raw.{c} end").format(
            n=Literal(name), c=Identifier(name)
        )
        for name in names
    ]
    return SQL("jsonb_build_object({})").format(SQL(", ").join(cells))
