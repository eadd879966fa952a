"""A task on another release's warehouse: it does nothing, says both revisions and the command, and is not retried."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import RetryAction

from rekisteri import migrations, paths, pulls
from rekisteri.errors import WarehouseOutdated

FOLDER = paths.PROJECT / "dags"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
RUN = SimpleNamespace(run_id="tonight", run_after=NOW, start_date=NOW, triggering_user_name=None)
NOTHING = "select (select count(*) from audit.entry), (select count(*) from staging.pull where run_id = 'tonight')"
PARAMS = {"night": None, "full": False, "accept": []}
DAGS = ("ingest_crm", "plan_erasure", "erase", "pseudonymize")


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """The DAG files as Airflow reads them."""
    return DagBag(dag_folder=FOLDER, bundle_path=FOLDER, bundle_name="dags-folder")


@pytest.fixture
def older(admin: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The code has one more revision than the warehouse; what an error must say."""
    has = migrations.known()[-1]
    shutil.copytree(migrations.VERSIONS, tmp_path / "versions")
    monkeypatch.setattr(migrations, "VERSIONS", tmp_path / "versions")
    (tmp_path / "versions" / f"{int(has) + 1:04}_of_a_test.py").touch()
    return f"at revision {has}, and this code needs {int(has) + 1:04}; run `rekisteri warehouse upgrade`"


@pytest.fixture
def newer(admin: psycopg.Connection[Any]) -> str:
    """The warehouse has a revision that the code does not know; what an error must say."""
    admin.execute("update register.schema_version set version_num = '9999'")
    return f"at revision 9999, newer than this code, which needs {migrations.known()[-1]}"


def calls(dag: Any, pull_id: str) -> dict[str, Callable[[], object]]:
    """Return what each task of a DAG does, by task id, from the first on."""
    plan = "ab" * 32
    waits = {"waiting": 1, "erased": 0, "restricted": 0}
    given: dict[str, tuple[Any, ...]] = {"erase": (plan,), "verify": (plan, waits)}
    if dag.dag_id == "erase":
        given["wait_for_pulls"] = (plan, RUN)
    found: dict[str, Callable[[], object]] = {}
    for task in dag.topological_sort():
        if task.task_id == "check_source":
            found[task.task_id] = lambda task=task: task.python_callable("crm", params=PARAMS, dag_run=RUN)
        elif task.task_id == "approve":
            found[task.task_id] = lambda task=task: task.execute({})
        else:
            values = (pull_id,) if dag.dag_id == "ingest_crm" else given.get(task.task_id, ())
            found[task.task_id] = lambda task=task, values=values: task.python_callable(*values)
    return found


@pytest.mark.parametrize("dag_id", DAGS)
@pytest.mark.parametrize("other", ["older", "newer"])
def test_no_task_works_on_the_warehouse_of_another_release(
    dag_id: str, other: str, bag: DagBag, warehouse: psycopg.Connection[Any], request: pytest.FixtureRequest
) -> None:
    pull_id = str(pulls.begin(warehouse, "crm", RUN.run_after.date(), "last night"))
    said, dag = request.getfixturevalue(other), bag.dags[dag_id]
    for task_id, call in calls(dag, pull_id).items():
        with pytest.raises(WarehouseOutdated) as raised:
            call()
        assert said in str(raised.value), task_id
        assert dag.get_task(task_id).retry_policy.evaluate(raised.value, 1, 3).action is RetryAction.FAIL
    assert warehouse.execute(NOTHING).fetchone() == (0, 0)
