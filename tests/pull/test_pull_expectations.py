"""An expectation that may stop a pull looks at what is new, not at what waits: a stop would never end."""

from typing import Any

import pytest

from rekisteri import paths
from rekisteri.errors import PolicyError, QualityRefused
from rekisteri.nights import ingest
from tests.pull.conftest import NIGHT, Shop

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
RULE = "expects:mostly_with_phone"


def _expect_phones(shop: Shop) -> None:
    (paths.EXPECTATIONS / "shop.yaml").write_text(MOSTLY, encoding="utf-8")


def _phoneless(shop: Shop, name: str) -> None:
    for n in range(5):
        shop.client(f"{name}{n}", tel="+358401234560" if n == 0 else None)


def _audited(shop: Shop) -> list[tuple[Any, ...]]:
    query = (
        "select kind, entity, rule, staff, numbers from audit.entry "
        "where kind in ('pull_stopped', 'stop_accepted') order by seq"
    )
    return shop.warehouse.execute(query).fetchall()


def test_what_waits_does_not_stop_the_next_night(shop: Shop) -> None:
    _expect_phones(shop)
    for n in range(10):
        shop.client(f"c{n}", tel="x" if n < 4 else f"+35840123456{n}")
    assert shop.night()["customer"]["quarantined"] == 4
    shop.client("new", tel="+358401234570")
    assert shop.night()["customer"]["merged"] == 1


def test_what_is_new_stops_it_and_says_so_in_the_evidence(shop: Shop) -> None:
    _expect_phones(shop)
    _phoneless(shop, "c")
    with pytest.raises(QualityRefused, match=r"mostly_with_phone .*4 of 5 rows"):
        shop.night()
    assert shop.held("customer") == {}
    found = shop.warehouse.execute("select entity, rule from audit.entry where kind = 'pull_stopped'").fetchall()
    assert found == [("customer", RULE)]
    noted = "select stopped from quarantine.gate_night where rule = %s"
    assert shop.warehouse.execute(noted, (RULE,)).fetchall() == [(True,)]


def test_a_person_lets_it_through_once_and_the_next_night_stops_again(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    _expect_phones(shop)
    _phoneless(shop, "a")
    with pytest.raises(QualityRefused, match=rf'let it through once: trigger the DAG with accept: \["{RULE}"\]$'):
        shop.night()
    pull_id = ingest.open_pull("shop", NIGHT, "accepted", accepted=[RULE], staff="anna.k")
    assert shop.night("accepted", accepted=[RULE])["customer"]["merged"] == 5
    assert "4 of 5 rows break it (80.00%), at most 50.00% may; it was accepted for this pull" in caplog.text
    off = {"evaluated": 5, "off": 4}
    assert _audited(shop) == [
        ("pull_stopped", "customer", RULE, None, off),
        ("stop_accepted", None, RULE, "anna.k", {}),
        ("stop_accepted", None, RULE, None, {}),
        ("stop_accepted", "customer", RULE, None, off),
    ]
    noted = "select refused, stopped from quarantine.gate_night where rule = %s and pull_id = %s"
    assert shop.warehouse.execute(noted, (RULE, pull_id)).fetchall() == [(4, False)]
    _phoneless(shop, "b")
    with pytest.raises(QualityRefused, match="4 of 5 rows break it"):
        shop.night()
    assert len(shop.held("customer")) == 5


def test_what_was_accepted_already_is_in_the_list_to_accept(shop: Shop) -> None:
    _expect_phones(shop)
    _phoneless(shop, "a")
    with pytest.raises(QualityRefused, match=rf'accept: \["{RULE}", "volume"\]'):
        shop.night(accepted=["volume"])


@pytest.mark.parametrize("name", ["expects:mostly_with_mail", "expects", "expects:told_of", "mostly_with_phone"])
def test_no_other_expectation_can_be_accepted(shop: Shop, name: str) -> None:
    note = MOSTLY.partition("customer:\n")[2].replace("mostly_with_phone", "told_of")
    note = note.replace("consequence: pull", "consequence: note").replace("      fewest_rows: 3\n", "")
    (paths.EXPECTATIONS / "shop.yaml").write_text(MOSTLY + note, encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"accept: name 2 of 2 is no rule that stops a pull of shop; .*, {RULE}$"):
        ingest.open_pull("shop", NIGHT, "typing error", accepted=["volume", name])
    assert shop.warehouse.execute("select count(*) from staging.pull").fetchone() == (0,)


BETWEEN = """expectations:
  customer:
    - type: expect_column_value_lengths_to_be_between
      kwargs: {column: name, min_value: 3, max_value: 5}
      severity: critical
      consequence: row
      why: Names of other lengths are not ours.
"""


def test_a_length_is_counted_in_characters_and_both_bounds_are_inside(shop: Shop) -> None:
    (paths.EXPECTATIONS / "shop.yaml").write_text(BETWEEN, encoding="utf-8")
    for n, name in enumerate(("ää", "äää", "äääää", "ääääää")):
        shop.client(f"c{n}", label=name)
    assert shop.night()["customer"]["quarantined"] == 2
    assert set(shop.held("customer")) == {"c1", "c2"}
