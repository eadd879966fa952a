"""An expectation that may stop a pull looks at what is new, not at what waits: a stop would never end."""

import pytest

from rekisteri import paths
from rekisteri.errors import QualityRefused
from tests.pull.conftest import Shop

MOSTLY = """expectations:
  customer:
    - type: expect_column_values_to_not_be_null
      name: mostly_with_phone
      kwargs: {column: phone, mostly: 0.5}
      severity: critical
      consequence: pull
      fewest_rows: 3
      why: Most clients have a phone; else the extract is broken.
"""


def test_what_waits_does_not_stop_the_next_night(shop: Shop) -> None:
    (paths.EXPECTATIONS / "shop.yaml").write_text(MOSTLY, encoding="utf-8")
    for n in range(10):
        shop.client(f"c{n}", tel="x" if n < 4 else f"+35840123456{n}")
    assert shop.night()["customer"]["quarantined"] == 4
    shop.client("new", tel="+358401234570")
    assert shop.night()["customer"]["merged"] == 1


def test_what_is_new_stops_it_and_says_so_in_the_evidence(shop: Shop) -> None:
    (paths.EXPECTATIONS / "shop.yaml").write_text(MOSTLY, encoding="utf-8")
    for n in range(5):
        shop.client(f"c{n}", tel="+358401234560" if n == 0 else None)
    with pytest.raises(QualityRefused, match=r"mostly_with_phone .*4 of 5 rows"):
        shop.night()
    assert shop.held("customer") == {}
    found = shop.warehouse.execute("select entity, rule from audit.entry where kind = 'pull_stopped'").fetchall()
    assert found == [("customer", "expects:mostly_with_phone")]
    noted = "select stopped from quarantine.gate_night where rule = 'expects:mostly_with_phone'"
    assert shop.warehouse.execute(noted).fetchall() == [(True,)]
