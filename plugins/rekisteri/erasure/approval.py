"""Approval: a plan counts as approved only by an entry in the audit that holds its checksum and who decided."""

from typing import Any

import psycopg

from rekisteri import audit, pulls
from rekisteri.errors import ErasureRefused
from rekisteri.statements import load


def approve(conn: psycopg.Connection[Any], checksum: str, staff: str) -> None:
    """Write the approval of a plan; done twice, it is written once.

    Args:
        conn: connection of the pipeline, with no transaction open.
        checksum: the plan's checksum, as the approver saw it.
        staff: id of the member of staff who approves, never a name or an address.

    Raises:
        ErasureRefused: there is no such plan, or it does not wait for a decision any more.
    """
    _decide(conn, checksum, staff, "approved")


def reject(conn: psycopg.Connection[Any], checksum: str, staff: str) -> None:
    """Write that a plan is refused; it may be an approved one that is not erased yet. See ``approve``.

    Raises:
        ErasureRefused: there is no such plan, or it does not wait for a decision any more.
    """
    _decide(conn, checksum, staff, "rejected")


def approved(conn: psycopg.Connection[Any]) -> list[str]:
    """Return the checksums of the plans that are approved and not erased, the oldest first."""
    return [row[0] for row in conn.execute(load("erasure/approved"))]


def _decide(conn: psycopg.Connection[Any], checksum: str, staff: str, decision: str) -> None:
    if not staff:
        raise ErasureRefused("the decision on a plan names no member of staff; only a person can decide it")
    with pulls.without_values("decision on a plan"):
        with conn.transaction():
            row = conn.execute(load("erasure/plan_state"), {"checksum": checksum}).fetchone()
            if row is None:
                raise ErasureRefused(f"no plan {checksum[:12]}; see `rekisteri status` for the one that waits")
            if row[0] == decision:
                return
            if row[0] not in ("waiting", "approved"):
                raise ErasureRefused(
                    f"plan {checksum[:12]} is {row[0]} and cannot be {decision}; decide on the newest plan instead"
                )
            conn.execute(load("erasure/set_state"), {"checksum": checksum, "state": decision})
            kind: audit.Kind = "plan_approved" if decision == "approved" else "plan_rejected"
            audit.record(conn, kind, staff=staff, plan_checksum=checksum)
        audit.keep_head(conn)


def require_approved(conn: psycopg.Connection[Any], checksum: str) -> bool:
    """Refuse a plan that may not be carried out; lock it until the transaction ends.

    Returns:
        Whether it has anything to do: an empty plan needs no approval.

    Raises:
        ErasureRefused: there is no such plan, it is void or rejected, or the audit holds no approval of it that still
            stands.
    """
    row = conn.execute(load("erasure/plan_state"), {"checksum": checksum}).fetchone()
    if row is None:
        raise ErasureRefused(f"no plan {checksum[:12]}; nothing was erased. See `rekisteri status`")
    state, erase, restrict = row
    if state in ("voided", "rejected"):
        raise ErasureRefused(f"plan {checksum[:12]} is {state}; nothing was erased. Approve the newest plan instead")
    if erase + restrict == 0:
        return False
    found = conn.execute(load("erasure/is_approved"), {"checksum": checksum}).fetchone()
    if found is None or not found[0]:
        raise ErasureRefused(
            f"plan {checksum[:12]} has no approval in the audit; nothing was erased. Let a data protection officer "
            "answer the approval of plan_erasure"
        )
    return True
