"""A source that was left behind goes on answering: its newest moment, and how long it is quiet."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rekisteri import freshness, paths, sources
from rekisteri.errors import QualityRefused
from tests.pull.conftest import NIGHT, Shop

HELSINKI = ZoneInfo("Europe/Helsinki")


def _declare(fresh: str) -> None:
    file = paths.POLICY / "quality.yaml"
    said = file.read_text(encoding="utf-8").replace("sources: {}", f"sources: {{shop: {{fresh: [{fresh}]}}}}")
    file.write_text(said, encoding="utf-8")


def _findings(shop: Shop) -> list[tuple[str, str, int, bool]]:
    return shop.warehouse.execute(
        "select rule, severity, refused, stopped from quarantine.gate_night "
        "where rule ~ '^(fresh|quiet)' and night = (select max(night) from quarantine.gate_night)"
    ).fetchall()


def _at(shop: Shop, days: int) -> dict[str, dict[str, int]]:
    return shop.night(night=NIGHT + timedelta(days=days))


def test_the_same_stale_snapshot_stops_when_it_is_older_than_declared(shop: Shop) -> None:
    _declare("{entity: customer, column: registered_on, within: P3D}")
    shop.client("1", since="30.10.2026")
    shop.client("old", since="1.2.2020")
    _at(shop, 0)
    assert _findings(shop) == [("fresh:registered_on", "critical", 0, False)]
    _at(shop, 1)
    with pytest.raises(
        QualityRefused,
        match=r"shop\.customer, rule fresh:registered_on: the newest is 4 days older than the night, and quality\.yaml "
        r'allows 3 days\. See whether the system still writes.*accept: \["fresh:registered_on"\]',
    ):
        _at(shop, 3)
    assert _findings(shop) == [("fresh:registered_on", "critical", 1, True)]
    assert shop.night(accepted=["fresh"], night=NIGHT + timedelta(days=3))["customer"]["skipped"] == 2
    shop.client("2", since="3.11.2026")
    assert _at(shop, 4)["customer"]["inserted"] == 1, "the next good night goes through"


def test_a_moment_in_the_future_makes_no_source_fresh(shop: Shop) -> None:
    _declare("{entity: customer, column: registered_on, within: P3D}")
    shop.client("1", since="30.10.2026")
    shop.client("typing error", since="30.10.2062")
    _at(shop, 0)
    with pytest.raises(QualityRefused, match=r"the newest is 6 days older"):
        _at(shop, 5)


def test_what_is_declared_later_is_looked_up_in_the_register(shop: Shop) -> None:
    shop.client("1", since="30.10.2026")
    _at(shop, 0)
    _declare("{entity: customer, column: registered_on, within: P3D}")
    _at(shop, 1)
    shop.client("old", since="1.2.2020")
    _at(shop, 1)
    with pytest.raises(QualityRefused, match=r"the newest is 4 days older"):
        _at(shop, 3)


def test_a_source_without_any_moment_is_not_fresh(shop: Shop) -> None:
    _declare("{entity: contract, column: ended_on, within: P3D}")
    shop.client("1")
    shop.deal("1", "1")
    with pytest.raises(QualityRefused, match=r"shop\.contract, rule fresh:ended_on: the source has no moment in it"):
        _at(shop, 0)


def test_a_watermark_says_how_fresh_a_source_is(shop: Shop) -> None:
    shop.conn.execute("alter table client add column changed timestamptz default '2026-10-31 12:00+00'")
    file = sources.folder("shop") / "customer.sql"
    file.write_text(file.read_text("utf-8").replace("\nfrom", ", changed as _changed_at\nfrom"), encoding="utf-8")
    _declare("{entity: customer, within: PT36H}")
    shop.client("1")
    _at(shop, 0)
    assert _findings(shop) == [("fresh:changed_at", "critical", 0, False)]
    with pytest.raises(QualityRefused, match=r"rule fresh:changed_at: the newest is 2 days older .* allows 36 hours"):
        _at(shop, 2)


@pytest.mark.parametrize(
    ("newest", "night", "hours"),
    [
        (datetime(2026, 10, 31, 0, 0, tzinfo=HELSINKI), date(2026, 11, 1), 24),
        (datetime(2026, 11, 1, 0, 30, tzinfo=HELSINKI), date(2026, 11, 1), 0),
        # The clocks go back: the day before has 25 hours.
        (datetime(2026, 10, 25, 0, 0, tzinfo=HELSINKI), date(2026, 10, 26), 25),
    ],
)
def test_how_old_a_moment_is(shop: Shop, newest: datetime, night: date, hours: int) -> None:
    assert freshness.age(newest, night, "shop") == timedelta(hours=hours)


def test_a_source_that_is_quieter_than_usual_is_said_and_not_stopped(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(3):
        shop.client(str(n))
        _at(shop, n)
    for n in (3, 4):
        _at(shop, n)
        assert _findings(shop) == []
    _at(shop, 5)
    assert _findings(shop) == [("quiet", "warning", 1, False)]
    assert (
        "shop.customer, rule quiet: nothing has changed at the source for 3 nights, and 1 are the most" in caplog.text
    )
    shop.client("new")
    assert _at(shop, 6)["customer"]["inserted"] == 1
    assert _findings(shop) == []
