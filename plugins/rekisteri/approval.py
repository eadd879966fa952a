"""The approval of an erasure plan: a human-in-the-loop task whose answer counts only as a row in our own audit."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from rekisteri import controller
from rekisteri.errors import ErasureRefused
from rekisteri.notices import Mail

if TYPE_CHECKING:
    import psycopg

APPROVE, REJECT = "Approve", "Reject"
SHOWN = 12
"""Leading digits of a checksum that people see."""


class ApprovePlan(HITLOperator):
    """Ask whether the waiting plan may be carried out, and write the answer to the audit with the plan's checksum.

    Someone who may edit task instances can mark this task a success, and XCom can be edited: then nothing is in the
    audit, and the erasure refuses.
    """

    template_fields = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="May this erasure plan be carried out?",
            assigned_users=[{"id": one, "name": one} for one in controller.read().approvers],
            options=[APPROVE, REJECT],  # each gets the plan's checksum when the plan is known
            notifiers=[
                Mail(
                    "an erasure plan waits for approval",
                    "An erasure plan waits for your answer under Required Actions of {dag_id}.",
                )
            ],
            **kwargs,
        )

    def execute(self, context: Any) -> str:
        """Ask, unless nothing is due or the plan has its answer already; return the plan's checksum."""
        from rekisteri import warehouse_version

        with warehouse_version.connect() as conn:
            plan = open_plan(conn)
        if plan is None:
            raise AirflowSkipException("nothing is due, or what is due has been answered")
        if plan.state == "approved":
            return plan.checksum
        # The answer names the plan that was shown: a newer one must not inherit it.
        self.options = [f"{word} {plan.checksum[:SHOWN]}" for word in (APPROVE, REJECT)]
        shown = plan.checksum[:SHOWN]
        self.body = (
            f"Plan `{shown}` of {plan.night}: erase **{plan.erase}** records, restrict **{plan.restrict}** to the "
            f"law's ground, keep **{plan.keep}** of ended relationships with their ground. "
            f"The list: `rekisteri erasure show {shown}`."
        )
        super().execute(context)
        return plan.checksum

    def execute_complete(self, context: Any, event: dict[str, Any]) -> str:
        """Write the answer to the audit; return the checksum of an approved plan, skip the rest of a rejected one."""
        from rekisteri import erasure, warehouse_version

        self.options = event["chosen_options"]
        answer = super().execute_complete(context, event)
        staff = staff_id(answer["responded_by_user"])
        word, _, shown = str(answer["chosen_options"][0]).partition(" ")
        with warehouse_version.connect() as conn:
            plan = open_plan(conn)
            if plan is None or len(shown) != SHOWN or not plan.checksum.startswith(shown):
                raise AirflowSkipException("the plan was voided while it waited; the newest one asks anew")
            if word != APPROVE:
                erasure.reject(conn, plan.checksum, staff)
                raise AirflowSkipException("the plan was rejected")
            erasure.approve(conn, plan.checksum, staff)
            return plan.checksum


class OpenPlan(NamedTuple):
    """A plan that can still be carried out, in numbers."""

    checksum: str
    night: date
    state: str
    erase: int
    restrict: int
    keep: int


def open_plan(conn: psycopg.Connection[Any]) -> OpenPlan | None:
    """Return the newest plan that waits for an answer or, approved, for being carried out; None where nothing does."""
    from rekisteri.statements import load

    row = conn.execute(load("erasure/newest_open")).fetchone()
    return OpenPlan(*row) if row else None


def staff_id(user: dict[str, Any] | None) -> str:
    """Return the id by which the audit names who answered.

    Raises:
        ErasureRefused: it was none of the approvers; an answer by default, after the time limit, is nobody's.
    """
    found = re.sub(r"[^A-Za-z0-9_.-]", "_", str((user or {}).get("id") or ""))[:64]
    if found not in controller.read().approvers:
        raise ErasureRefused(
            "whoever answered is not among the approvers of include/policy/controller.yaml, or answered nothing; "
            "nothing is approved. Clear the task and let one of them answer"
        )
    return found
