"""Nights out of order: one skipped, last week's made up for; all read the source as it is now."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rekisteri import extraction, merging, paths, quality, recount
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.pull.conftest import NIGHT, POLICY, Shop

STEPS = (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge)


def pull(night: date, run: str = "", full: bool = False) -> None:
    """Pull for a night, as its own run."""
    pull_id = ingest.open_pull("shop", night, run or f"{night}", full)
    for step in STEPS:
        step(pull_id)
    recount.recount(pull_id)


def left(shop: Shop) -> Any:
    """Return what the register and quarantine hold."""
    waiting = shop.warehouse.execute(
        "select entity, source_key, rules, first_refused_on, expires_on, row from quarantine.row order by 1, 2"
    ).fetchall()
    rows = shop.warehouse.execute(
        "select source_key, name, phone, kept_rule, changed_pull, vanished_pull from register.customer order by 1"
    ).fetchall()
    return waiting, rows


@pytest.fixture
def weeks(shop: Shop) -> Shop:
    """A week of nights, on which rows go bad, are mended, come and go."""
    for n in range(30):
        shop.client(f"c{n}", tel="011 123 4567")
    pull(NIGHT - timedelta(days=7))
    shop.conn.execute("update client set tel = 'x' where no in ('c1', 'c2')")
    pull(NIGHT - timedelta(days=6))
    shop.conn.execute("update client set tel = '011 123 4568' where no = 'c1'")
    shop.conn.execute("delete from client where no = 'c3'")
    pull(NIGHT)
    return shop


def test_a_night_that_was_skipped_is_made_up_for_by_the_next(weeks: Shop) -> None:
    held = weeks.held("customer", "phone", "kept_rule", "vanished_pull is not null")
    assert held["c1"] == ("+358111234568", None, False)
    assert held["c2"] == ("+358111234567", "format:phone", False)
    assert held["c3"][2]


@pytest.mark.parametrize(("run", "full"), [("", False), ("a backfill", True)], ids=["the same run", "another, in full"])
def test_last_week_made_up_for_changes_nothing_when_nothing_has_changed(weeks: Shop, run: str, full: bool) -> None:
    before = left(weeks)
    pull(NIGHT - timedelta(days=6), run, full)
    assert left(weeks) == before


def test_last_week_made_up_for_ends_as_a_full_pull_now(weeks: Shop) -> None:
    weeks.conn.execute("update client set tel = 'y' where no in ('c2', 'c4')")
    weeks.client("c3")
    weeks.client("uusi", tel="z")
    pull(NIGHT - timedelta(days=7), "a backfill")
    waiting, _ = after = left(weeks)
    # Known as refused since then; new ones are dated when they were seen, and keep their 30 days.
    assert {key: first for _, key, _, first, _, _ in waiting} == {
        "c2": NIGHT - timedelta(days=6), "c4": NIGHT, "uusi": NIGHT,
    }  # fmt: skip
    assert {key: ends - first for _, key, _, first, ends, _ in waiting} == dict.fromkeys(
        ("c2", "c4", "uusi"), timedelta(days=30)
    )
    pull(NIGHT, "the next", full=True)
    assert left(weeks) == after


def test_an_earlier_night_is_judged_by_what_holds_now(weeks: Shop) -> None:
    """Else a pull for a night on which a country was still inside would let its records in."""
    table = paths.POLICY / "eu_eea.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace(
            "DK,EU,allow,1973-01-01,,", f"DK,EU,allow,1973-01-01,{NIGHT - timedelta(days=3)},"
        ),
        encoding="utf-8",
    )
    weeks.deal("d1", "c1")
    weeks.line("l1", "d1", region="DK")
    pull(NIGHT - timedelta(days=6), "a backfill")
    assert weeks.held("service") == {}
    assert ("service", "l1") in weeks.refused()
    # The evidence tells which night was asked for.
    asked, judged = weeks.warehouse.execute(
        "select (array_agg(night order by seq desc) filter (where kind = 'pull_started'))[1], "
        "(array_agg(night order by seq desc) filter (where kind = 'recounted'))[1] from audit.entry"
    ).fetchone() or (None, None)
    assert (asked, judged) == (NIGHT - timedelta(days=6), NIGHT)


def test_who_comes_after_another_source_need_not_wait_for_an_earlier_night_of_it(weeks: Shop) -> None:
    """A night made up for is dated as of the newest: what comes after that source must not wait for ever."""
    policy = paths.POLICY / "sources.yaml"
    entry = POLICY.split("sources:\n")[1].replace("  shop:", "  later:") + "    after: [shop]\n"
    policy.write_text(POLICY + entry.lstrip("\n"), encoding="utf-8")
    for night in (NIGHT - timedelta(days=3), NIGHT):
        assert ingest.may_begin("later", night, datetime.now(UTC))
    assert not ingest.may_begin("later", NIGHT + timedelta(days=1), datetime.now(UTC))
