"""An approval may come while sources are pulled: the erasure waits for them, and says what it could not do yet."""

from typing import Any

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowSkipException

from rekisteri import erasure, paths, pulls
from rekisteri.nights import ingest
from tests.register_rows import LONG_AGO, NIGHT, add_customer, held


@pytest.fixture(scope="module")
def erase() -> Any:
    """The DAG."""
    folder = paths.PROJECT / "dags"
    return DagBag(dag_folder=folder / "erase.py", bundle_path=folder, bundle_name="dags-folder").dags["erase"]


def test_what_was_approved_goes_once_its_source_was_pulled(erase: Any, warehouse: psycopg.Connection[Any]) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    pulls.reach(warehouse, pulls.get(warehouse, pulls.begin(warehouse, "crm", NIGHT, "first")), "recounted")
    plan = erasure.plan(warehouse, NIGHT)
    erasure.approve(warehouse, plan.checksum, "dpo")
    wait, carry_out = (erase.get_task(name).python_callable for name in ("wait_for_pulls", "erase"))
    assert wait()
    pull = pulls.get(warehouse, pulls.begin(warehouse, "crm", NIGHT, "second"))
    pulls.reach(warehouse, pull, "extracted")
    assert not wait()
    # The source is down: nobody waits for it any longer, and its customers stay as they were.
    ingest.give_up("crm", "second")
    assert wait()
    with pytest.raises(AirflowSkipException, match="waits for sources"):
        carry_out(plan.checksum)
    assert held(warehouse, "customer") == {"A"}
    assert erasure.approved(warehouse) == [plan.checksum]
    pulls.reach(warehouse, pull, "recounted")
    assert carry_out(plan.checksum)["erased"] == plan.erase
    assert held(warehouse, "customer") == set()
