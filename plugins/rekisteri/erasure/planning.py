"""The plan: the exact list of what will be erased, restricted and kept, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable

from rekisteri import audit, pulls, retention, subjects
from rekisteri.errors import WarehouseError
from rekisteri.model import ENTITIES
from rekisteri.residency import misplaced
from rekisteri.statements import load


@dataclass(frozen=True)
class PlanSummary:
    """A plan in numbers; records, but for ``subjects``, whose records go or are restricted."""

    checksum: str
    erase: int
    restrict: int
    keep: int
    subjects: int
    state: str
    opened: bool
    """False where an earlier night already made this plan."""
    no_known_end: int
    """Customers and persons that are kept because no end of their relationship is known."""

    @property
    def needs_approval(self) -> bool:
        """Whether somebody must decide: an empty plan needs nobody."""
        return self.state == "waiting" and self.erase + self.restrict > 0


class Listed(NamedTuple):
    """Checksum and counts of a list of items."""

    checksum: str
    erase: int
    restrict: int
    keep: int
    subjects: int


def plan(conn: psycopg.Connection[Any], night: date) -> PlanSummary:
    """Make the plan of a night; one with the same contents stays, with its approval, and older waiting ones are void.

    Args:
        conn: the pipeline's connection to the warehouse, with no transaction open.
        night: the night for which is reckoned.

    Raises:
        PolicyError: retention.yaml, controller.yaml or subjects.yaml has a fault; nothing is planned.
    """
    with pulls.without_values("plan of an erasure"):
        with conn.transaction():
            made = _plan(conn, night)
        audit.keep_head(conn)
    return made


def _plan(conn: psycopg.Connection[Any], night: date) -> PlanSummary:
    conn.execute(load("erasure/lock"))
    no_known_end = decide(conn, night)
    found = listed(conn, SQL("staging.retention_verdict"), SQL("true"), {})
    values = found._asdict()
    opened, state = one(conn.execute(load("erasure/open_plan"), values | {"night": night}))
    if opened:
        conn.execute(load("erasure/add_items"), values)
    voided = conn.execute(load("erasure/void_older"), values).fetchall()
    conn.execute(load("erasure/drop_items"))
    retention.clear(conn)
    entries = [audit.Entry("plan_voided", night=night, plan_checksum=row[0]) for row in voided]
    if opened:
        numbers = {name: values[name] for name in ("erase", "restrict", "keep", "subjects")} | no_known_end
        entries.append(audit.Entry("plan_made", night=night, plan_checksum=found.checksum, numbers=numbers))
    audit.record_many(conn, entries)
    return PlanSummary(*found, state=state, opened=opened, no_known_end=sum(no_known_end.values()))


def decide(conn: psycopg.Connection[Any], night: date) -> dict[str, int]:
    """Fill the work tables with the night's verdicts, less what is restricted already.

    Who is who comes first: a record that is tied to no subject yet could be a customer's newest contract.
    """
    subjects.link(conn, night)
    misplaced.find(conn, night)
    no_known_end = retention.decide(conn, night)
    for entity in ENTITIES:
        conn.execute(load("retention/drop_done", register=retention.register(entity)), {"entity": entity})
    return no_known_end


def listed(conn: psycopg.Connection[Any], items: Composable, which: Composable, values: Mapping[str, Any]) -> Listed:
    """Return checksum and counts of the items in a table.

    Args:
        conn: the warehouse.
        items: the table.
        which: condition on it, under the name ``item``.
        values: parameters of the condition.
    """
    return Listed(*one(conn.execute(load("erasure/checksum", items=items, which=which), values)))


def one(cursor: psycopg.Cursor[Any]) -> tuple[Any, ...]:
    """Return the only row of a statement that always has one.

    Raises:
        WarehouseError: it has none.
    """
    cursor.row_factory = tuple_row
    row = cursor.fetchone()
    if row is None:
        raise WarehouseError("a statement in include/sql/erasure returned no row; restore it from version control")
    return tuple(row)
