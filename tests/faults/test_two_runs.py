"""Two runs of one source, one inside the other: the older may not go on with what the newer has put into staging."""

import os
from datetime import date, timedelta

import pytest

from rekisteri import extraction, merging, quality, recount
from rekisteri.errors import WarehouseError
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.faults.killing import forked, reaped
from tests.pull.conftest import NIGHT, Shop

STEPS = {
    "conform": ingest.conform,
    "check_quality": quality.check_quality,
    "check_locations": gate.check_locations,
    "merge": merging.merge,
    "recount": recount.recount,
}


@pytest.mark.parametrize("reached", range(len(STEPS)), ids=[f"before {name}" for name in STEPS])
def test_an_older_run_does_not_take_up_the_newer_ones_staging(shop: Shop, reached: int) -> None:
    for no in ("1", "2", "3"):
        shop.client(no, label=None if no == "2" else f"Yhtiö {no}")
    older = ingest.open_pull("shop", NIGHT, "older")
    extraction.extract(older)
    steps = list(STEPS.values())
    for step in steps[:reached]:
        step(older)
    # As many rows as before, and others: the count on arrival alone would not tell.
    shop.conn.execute("truncate client")
    for no in ("4", "2", "5"):
        shop.client(no, label=None if no == "5" else f"Yhtiö {no}")
    newer = ingest.open_pull("shop", NIGHT, "newer")
    extraction.extract(newer)
    with pytest.raises(WarehouseError, match="clear the DAG run"):
        steps[reached](older)
    for step in STEPS.values():
        step(newer)
    assert {"2", "4"} <= set(shop.held("customer"))
    assert shop.refused() == {("customer", "5"): ["required:name"]}


def test_two_nights_at_once_end_as_one_of_them(shop: Shop) -> None:
    """Each in a process of its own, step by step in any order: one ends, the other too or must begin anew."""
    for n in range(30):
        shop.client(f"c{n}")
    shop.night()
    shop.conn.execute("update client set label = 'Uusi' where no in ('c1', 'c2')")
    shop.conn.execute("delete from client where no = 'c3'")
    shop.client("c4", label="Kaksi")

    def pull(night: date) -> None:
        pull_id = ingest.open_pull("shop", night, f"{night}")
        extraction.extract(pull_id)
        for step in STEPS.values():
            step(pull_id)

    children = [forked(lambda: pull(NIGHT)), forked(lambda: pull(NIGHT + timedelta(days=1)))]
    ends = [os.WEXITSTATUS(reaped(child, kill=False)) for child in children]
    assert 0 in ends
    assert set(ends) <= {0, 3}
    states = shop.warehouse.execute("select state from staging.pull where run_id like '2026-%'").fetchall()
    assert {state for (state,) in states} <= {"recounted", "refused"}
    before = shop.held("customer", "name", "kept_rule", "vanished_pull is not null")
    assert (before["c1"], before["c3"][2]) == (("Uusi", None, False), True)
    assert shop.refused() == {("customer", "c4"): ["unique:source_key"]}
    book = shop.night(full=True)["customer"]
    assert (book["merged"], book["vanished"], book["released"]) == (0, 0, 0)
    assert shop.held("customer", "name", "kept_rule", "vanished_pull is not null") == before
