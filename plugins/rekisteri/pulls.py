"""Pulls: one source's extraction for one night, and how far it got; the state is in the warehouse."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID, uuid4

import psycopg

from rekisteri import audit, rules_version, warehouse_version
from rekisteri.errors import WarehouseError
from rekisteri.statements import load

State = Literal["started", "admitted", "extracted", "conformed", "checked", "located", "merged", "recounted", "refused"]
_ORDER: tuple[State, ...] = tuple(state for state in get_args(State) if state != "refused")

LOCK_TIMEOUT = "60s"
"""How long a step waits for another process that works on the same source."""


class Pull(NamedTuple):
    """One pull, as its tasks need it."""

    pull_id: UUID
    source: str
    night: date
    rules_version: str
    state: State
    full_asked: bool = False
    """Read everything, whatever is known of the source."""
    accepted: Sequence[str] = ()
    """Rules that a person lets this pull break, each as ``vanished`` or ``nulls:email``."""

    def is_past(self, state: State) -> bool:
        """Return whether the pull has already come as far as ``state``."""
        return self.state != "refused" and _ORDER.index(self.state) >= _ORDER.index(state)

    def require(self, state: State) -> None:
        """Refuse to go on unless the step before has ended: a task that was marked a success has done nothing.

        Raises:
            WarehouseError: the pull is not in this state (design rule 3, fail closed).
        """
        if self.state != state:
            raise WarehouseError(
                f"pull of {self.source}: it is {self.state}, not {state}: the step before has not ended well, whatever "
                'Airflow shows of its task; clear the DAG run from "Pull the source"'
            )


def begin(
    conn: psycopg.Connection[Any],
    source: str,
    night: date,
    run_id: str,
    full: bool = False,
    accepted: Sequence[str] = (),
) -> UUID:
    """Open the pull of a DAG run, or take it up again from the start; return its id.

    An earlier night that is made up for reads the source as it is now: it is judged, and dated, as of the newest night.

    Args:
        conn: the warehouse.
        source: name in sources.yaml.
        night: date that the pull is for.
        run_id: the DAG run's id: the same run always has the same pull.
        full: read everything, whatever is known of the source.
        accepted: names of the rules that a person lets this pull break.
    """
    newest = conn.execute(load("pull/newest_merged"), {"source": source}).fetchone()
    night = max(night, newest[0]) if newest and newest[0] else night
    row = conn.execute(
        load("pull/begin"),
        {
            "pull_id": uuid4(),
            "source": source,
            "night": night,
            "run_id": run_id,
            "rules_version": rules_version.of(source, night),
            "full_asked": full,
            "accepted": list(accepted),
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - the upsert returns its row
    return UUID(str(row[0]))


def get(conn: psycopg.Connection[Any], pull_id: UUID | str) -> Pull:
    """Return a pull.

    Raises:
        WarehouseError: there is none with this id.
    """
    row = conn.execute(load("pull/get"), {"pull_id": str(pull_id)}).fetchone()
    if row is None:
        raise WarehouseError(f"no pull {pull_id} in staging.pull; start the DAG run from its first task")
    return Pull(*row)


def reach(conn: psycopg.Connection[Any], pull: Pull, state: State) -> None:
    """Note, in the caller's transaction, how far a pull has come."""
    conn.execute(load("pull/reach"), {"pull_id": pull.pull_id, "state": state})


def supersede(conn: psycopg.Connection[Any], pull: Pull) -> None:
    """End a source's other open pulls, whose rows are no longer in staging; last in the caller's transaction."""
    ended = conn.execute(load("pull/supersede"), {"source": pull.source, "pull_id": pull.pull_id}).fetchall()
    audit.record_many(
        conn, [audit.Entry("pull_refused", pull_id=one, night=night, source=pull.source) for one, night in ended]
    )


def require_idle(conn: psycopg.Connection[Any], source: str) -> None:
    """Refuse to go on while a pull of the source is between its steps, with rows in staging; the caller has its lock.

    Raises:
        WarehouseError: there is one that something happened to within two hours.
    """
    row = conn.execute(load("quarantine/under_way"), {"source": source}).fetchone()
    if row and row[0]:
        raise WarehouseError(
            f"a pull of {source} is under way, and judges what waits by itself; try again once it has ended"
        )


@contextmanager
def opened(pull_id: UUID | str) -> Iterator[tuple[psycopg.Connection[Any], Pull]]:
    """Open the warehouse for one step of a pull, alone: a second process on the same source waits, then is refused.

    Raises:
        WarehouseError: another process works on this source, or the database refuses a statement; the message
            names the SQLSTATE and the table or constraint, never a value.
    """
    with warehouse_version.connect() as conn:
        conn.execute(load("pull/session"), {"lock_timeout": LOCK_TIMEOUT})
        pull = get(conn, pull_id)
        with without_values(f"pull of {pull.source}"):
            conn.execute(load("pull/lock"), {"source": pull.source})
            yield conn, get(conn, pull_id)


@contextmanager
def without_values(doing: str) -> Iterator[None]:
    """Turn a database error, whose text may quote a row, into one that names only code, table and constraint."""
    try:
        yield
    except psycopg.errors.LockNotAvailable:
        raise WarehouseError(
            f"{doing}: another process works on it; see that only one run is active, then retry"
        ) from None
    except psycopg.errors.DiskFull:
        raise WarehouseError(
            f"{doing}: the warehouse's disk is full (SQLSTATE 53100) and nothing of this step was kept; free some, or "
            "give it a larger one, then clear the task"
        ) from None
    except psycopg.Error as raised:
        said = raised.diag
        place = ", ".join(
            f"{what} {name}"
            for what, name in (
                ("table", said.table_name),
                ("column", said.column_name),
                ("constraint", said.constraint_name),
            )
            if name
        )
        raise WarehouseError(
            f"{doing}: the database refused a statement, SQLSTATE {raised.sqlstate or 'none'} "
            f"({type(raised).__name__}){', ' + place if place else ''}; its own log has the rest"
        ) from None
