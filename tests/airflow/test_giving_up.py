"""A pull whose DAG run failed: nobody waits for it, its source counts as stale, and a cleared task goes on."""

from datetime import date
from typing import Any

import psycopg
import pytest

from rekisteri import pulls
from rekisteri.nights import erasing, ingest
from rekisteri.statements import load

NIGHT = date(2026, 11, 1)
Connection = psycopg.Connection[Any]


@pytest.fixture
def pull(warehouse: Connection) -> pulls.Pull:
    """A pull that has begun."""
    return pulls.get(warehouse, pulls.begin(warehouse, "crm", NIGHT, "run 1"))


def given_up(warehouse: Connection) -> int:
    """Return how many entries of the evidence say that a pull was given up."""
    found = warehouse.execute("select count(*) from audit.entry where kind = 'pull_refused'").fetchone()
    return int(found[0]) if found else 0


def test_the_plan_waits_for_a_pull_under_way_and_not_for_one_that_was_given_up(
    warehouse: Connection, pull: pulls.Pull
) -> None:
    assert erasing.pulls_under_way() == 1
    ingest.give_up("crm", "run 1")
    assert erasing.pulls_under_way() == 0
    assert given_up(warehouse) == 1


def test_it_is_told_once_and_of_this_run_only(warehouse: Connection, pull: pulls.Pull) -> None:
    for source, run_id in (("crm", "run 2"), ("billing", "run 1")):
        ingest.give_up(source, run_id)
    assert (erasing.pulls_under_way(), given_up(warehouse)) == (1, 0)
    # Airflow may tell of a task and of one more that fails beside it.
    ingest.give_up("crm", "run 1")
    ingest.give_up("crm", "run 1")
    assert given_up(warehouse) == 1


@pytest.mark.parametrize("state", ["extracted", "located", "merged"])
def test_a_cleared_task_goes_on_from_where_the_pull_was(
    state: pulls.State, warehouse: Connection, pull: pulls.Pull
) -> None:
    pulls.reach(warehouse, pull, state)
    ingest.give_up("crm", "run 1")
    assert pulls.get(warehouse, pull.pull_id).state == state
    pulls.reach(warehouse, pull, state)
    assert erasing.pulls_under_way() == 1


def test_a_pull_that_came_to_its_end_stays_ended(warehouse: Connection, pull: pulls.Pull) -> None:
    pulls.reach(warehouse, pull, "recounted")
    ingest.give_up("crm", "run 1")
    assert pulls.get(warehouse, pull.pull_id).state == "recounted"
    assert given_up(warehouse) == 0


def test_a_source_whose_pull_was_given_up_is_waited_for_before_its_customers_are_erased(
    warehouse: Connection, pull: pulls.Pull
) -> None:
    ingest.give_up("crm", "run 1")
    waiting = warehouse.execute(load("erasure/waiting_sources"), {"night": NIGHT}).fetchall()
    assert waiting == [("crm",)]
