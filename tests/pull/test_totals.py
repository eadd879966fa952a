"""Rows and money as the source counts and sums them itself, in the snapshot that is read, against what arrived."""

import pytest

from rekisteri import paths, sources
from rekisteri.errors import QualityRefused
from tests.pull.conftest import Shop

SALE = "select no as source_key, client as customer_key, day as ordered_on, amount as value\nfrom sale\n"
LYING = "select no, client, day, {lie} as amount from sale_true"
SUMMED = "current_query() ilike '%%sum(%%'"
"""The source's own sum runs a query of another text than the one that sends the rows."""


@pytest.fixture
def sales(shop: Shop) -> Shop:
    """The foreign system with a client and 40 sales of money kept as a number."""
    shop.conn.execute("create table sale_true (no text, client text, day text, amount numeric)")
    shop.conn.execute("create view sale as select * from sale_true")
    (sources.folder("shop") / "order.sql").write_text(SALE, encoding="utf-8")
    shop.client("1")
    shop.conn.execute(
        "insert into sale_true select n::text, '1', '1.2.2026', n * 10.25 from generate_series(1, 40) as n"
    )
    return shop


def _view(shop: Shop, text: str) -> None:
    shop.conn.execute(f"create or replace view sale as {text}")


def _findings(shop: Shop) -> dict[str, tuple[str, int, int, bool]]:
    """Return what the last pull's totals found: rule to severity, rows looked at, rows off, stopped."""
    found = shop.warehouse.execute(
        "select rule, severity, evaluated, refused, stopped from quarantine.gate_night where rule ~ '^(count|total):' "
        "and pull_id = (select pull_id from staging.pull order by changed_at desc limit 1)"
    )
    return {row[0]: row[1:] for row in found}


def test_what_arrived_has_the_sum_that_the_source_has(sales: Shop) -> None:
    assert sales.night()["order"]["inserted"] == 40
    assert _findings(sales) == {
        "count:rows": ("critical", 40, 0, False),
        "total:value": ("critical", 40, 0, False),
    }


@pytest.mark.parametrize("full", [False, True], ids=["what changed", "everything"])
def test_money_that_changes_on_the_way_stops_the_pull(sales: Shop, full: bool) -> None:
    sales.night()
    sales.conn.execute("update sale_true set amount = amount + 1 where no::int <= 5")
    _view(sales, LYING.format(lie=f"case when {SUMMED} then amount else amount * 2 end").replace("%%", "%"))
    with pytest.raises(
        QualityRefused, match=r"shop\.order, rule total:value: the sum of \d+ rows as they arrived differs by 50 % from"
    ) as refused:
        sales.night(full=full)
    assert "8405" not in str(refused.value), "of one row, the sum is its value"
    assert sum(v for (v,) in sales.held("order", "value").values()) == 8405
    assert _findings(sales)["total:value"][3]

    _view(sales, "select * from sale_true")
    assert sales.night()["order"]["updated"] == 5, "the next good night goes through"


def test_rows_that_are_fewer_on_the_way_stop_the_pull(sales: Shop) -> None:
    # The sums over the buckets tell it first where everything is summed (test_vanishing); here they agree.
    _view(sales, f"select * from sale_true where not ({SUMMED}) or no::int > 3".replace("%%", "%"))
    with pytest.raises(
        QualityRefused, match=r"rule count:rows: the source counts 37 rows and 40 arrived.*rule total:value"
    ):
        sales.night()
    assert sales.held("order") == {}


def test_a_person_lets_a_difference_through(sales: Shop) -> None:
    _view(sales, LYING.format(lie=f"case when {SUMMED} then amount else amount * 2 end").replace("%%", "%"))
    assert sales.night(accepted=["total:value"])["order"]["inserted"] == 40
    assert _findings(sales)["total:value"] == ("critical", 40, 40, False)


@pytest.mark.parametrize("kind", ["double precision", "real", "integer", "numeric(30, 10)"])
def test_numbers_of_any_kind_are_summed_as_they_are_sent(sales: Shop, kind: str) -> None:
    sales.conn.execute("update sale_true set amount = 0.1 + no::int")
    _view_as(sales, kind)
    sales.night()
    assert _findings(sales)["total:value"] == ("critical", 40, 0, False)


def _view_as(sales: Shop, kind: str) -> None:
    sales.conn.execute("drop view sale")
    _view(sales, LYING.format(lie=f"amount::{kind}"))


def test_money_that_is_text_at_the_source_is_noted_as_not_reconciled(sales: Shop) -> None:
    file = paths.POLICY / "sources.yaml"
    file.write_text(file.read_text(encoding="utf-8") + '    decimal: ","\n', encoding="utf-8")
    sales.conn.execute("drop view sale")
    _view(sales, LYING.format(lie="replace(amount::text, '.', ',')"))
    assert sales.night()["order"]["inserted"] == 40
    assert _findings(sales)["total:value"] == ("info", 40, 0, False)


def test_no_sale_at_all_and_no_amount_at_all(sales: Shop) -> None:
    sales.conn.execute("update sale_true set amount = null")
    sales.night()
    assert _findings(sales)["total:value"] == ("critical", 40, 0, False)
    sales.conn.execute("truncate sale_true")
    sales.night(vanished=True, full=True)
    assert _findings(sales)["total:value"] == ("critical", 0, 0, False)


def test_what_a_source_summed_for_an_earlier_pull_is_forgotten(sales: Shop) -> None:
    sales.night()
    sales.conn.execute("update sale_true set amount = 7 where no = '7'")
    sales.night()
    assert sales.warehouse.execute("select count(distinct pull_id) from staging.source_total").fetchone() == (1,)
