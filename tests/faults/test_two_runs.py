"""Two runs of one source, one inside the other: the older may not go on with what the newer has put into staging."""

import pytest

from rekisteri import extraction, merging, quality, recount
from rekisteri.errors import WarehouseError
from rekisteri.nights import ingest
from rekisteri.residency import gate
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
