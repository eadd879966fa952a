"""An approval may come while sources are pulled: the erasure waits for them, and is certified once anything is gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowSkipException

from rekisteri import audit, erasure, paths, pulls
from rekisteri.errors import ErasureRefused
from rekisteri.nights import ingest
from tests.register_rows import LONG_AGO, NIGHT, add_customer, held

Connection = psycopg.Connection[Any]
Tasks = dict[str, Callable[..., Any]]


@pytest.fixture(scope="module")
def tasks() -> Tasks:
    """What the DAG's tasks call, by their ids."""
    folder = paths.PROJECT / "dags"
    dag = DagBag(dag_folder=folder / "erase.py", bundle_path=folder, bundle_name="dags-folder").dags["erase"]
    return {one.task_id: one.python_callable for one in dag.tasks if one.task_id != "approve"}


@pytest.fixture
def run() -> SimpleNamespace:
    """A DAG run that began just now."""
    return SimpleNamespace(start_date=datetime.now(UTC))


def pull(conn: Connection, source: str, state: pulls.State, run_id: str = "first") -> pulls.Pull:
    """Have a pull of a source come so far."""
    made = pulls.get(conn, pulls.begin(conn, source, NIGHT, run_id))
    pulls.reach(conn, made, state)
    return made


def approved(conn: Connection) -> erasure.PlanSummary:
    """Plan, and approve the plan."""
    plan = erasure.plan(conn, NIGHT)
    erasure.approve(conn, plan.checksum, "dpo")
    return plan


def certificates(conn: Connection) -> list[dict[str, int]]:
    """Return what certificates say."""
    return [row[0] for row in conn.execute("select numbers from audit.entry where kind = 'erasure_verified'")]


def test_what_was_approved_goes_once_its_source_was_pulled(
    tasks: Tasks, run: SimpleNamespace, warehouse: Connection
) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    pull(warehouse, "crm", "recounted")
    plan = approved(warehouse)
    assert tasks["wait_for_pulls"](plan.checksum, run)
    # A pull of another source holds nobody of this plan back.
    pull(warehouse, "billing", "extracted")
    assert tasks["wait_for_pulls"](plan.checksum, run)
    second = pull(warehouse, "crm", "extracted", "second")
    assert not tasks["wait_for_pulls"](plan.checksum, run)
    # The source is down: nobody waits for it any longer, and its customers stay as they were.
    ingest.give_up("crm", "second")
    assert tasks["wait_for_pulls"](plan.checksum, run)
    done = tasks["erase"](plan.checksum)
    with pytest.raises(AirflowSkipException, match="nothing was erased"):
        tasks["verify"](plan.checksum, done)
    assert held(warehouse, "customer") == {"A"}
    assert (erasure.approved(warehouse), certificates(warehouse)) == ([plan.checksum], [])
    pulls.reach(warehouse, second, "recounted")
    done = tasks["erase"](plan.checksum)
    assert tasks["verify"](plan.checksum, done)["erased"] == plan.erase
    assert held(warehouse, "customer") == set()


def test_nobody_waits_longer_than_two_hours_from_the_approval_or_the_run(
    tasks: Tasks, run: SimpleNamespace, warehouse: Connection, admin: Connection
) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    pull(warehouse, "crm", "recounted")
    plan = approved(warehouse)
    pull(warehouse, "crm", "extracted", "second")
    run.start_date -= timedelta(hours=3)
    assert not tasks["wait_for_pulls"](plan.checksum, run)
    admin.execute("alter table audit.entry disable trigger user")
    admin.execute("update audit.entry set at = at - interval '3 hours' where kind = 'plan_approved'")
    assert tasks["wait_for_pulls"](plan.checksum, run)


@pytest.mark.parametrize("killed", [False, True])
def test_what_went_is_certified_though_the_rest_waits(
    tasks: Tasks, warehouse: Connection, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_customer(warehouse, "B", LONG_AGO, "billing")
    pull(warehouse, "crm", "recounted")
    pull(warehouse, "billing", "extracted")
    plan = approved(warehouse)
    if killed:
        # After the commit, so that the next try finds only what waits.
        with monkeypatch.context() as patched:
            patched.setattr(audit, "keep_head", lambda conn: (_ for _ in ()).throw(OSError("no space")))
            with pytest.raises(OSError, match="no space"):
                tasks["erase"](plan.checksum)
    done = tasks["erase"](plan.checksum)
    assert done["erased"] == (0 if killed else 3)
    assert tasks["verify"](plan.checksum, done)["erased"] == 3
    assert held(warehouse, "customer") == {"B"}
    assert [one["erased"] for one in certificates(warehouse)] == [3]


def test_marking_the_erasure_a_success_is_not_skipped_over(tasks: Tasks, warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    pull(warehouse, "crm", "recounted")
    plan = approved(warehouse)
    with pytest.raises(ErasureRefused, match="run erase first"):
        tasks["verify"](plan.checksum, None)
