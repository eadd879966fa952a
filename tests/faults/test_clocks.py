"""Watermarks and clocks: one that runs ahead hides nothing, an hour that comes twice neither, nor a late commit."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rekisteri import bucket_sums, connections, extraction, paths, watermarks
from rekisteri.errors import SourceError
from tests.pull.conftest import Shop

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = "2026-11-01 01:00:00+00"


@pytest.mark.parametrize(
    ("newest", "clock", "remembered"),
    [
        (None, NOW, None),
        ("2026-10-31 22:00:00+00", NOW, "2026-10-31 22:00:00+00"),
        ("2026-11-01 03:30:00+03", NOW, "2026-11-01 03:30:00+03"),
        ("2031-01-01 00:00:00+00", NOW, "2026-11-01 01:00:00+00:00"),
        ("9999-12-31 23:59:59.999999+00", NOW, "2026-11-01 01:00:00+00:00"),
        # Without an offset it may be local or UTC: what is later than either is capped.
        ("2026-10-31 22:00:00", NOW, "2026-10-31 22:00:00"),
        ("2026-11-01 02:59:00", NOW, "2026-11-01 01:00:00"),
        ("2031-01-01", NOW, "2026-11-01 01:00:00"),
        ("2026-10-31", NOW, "2026-10-31"),
        # A clock without an offset says UTC.
        ("2026-11-01 01:00:01+00", "2026-11-01 01:00:00", "2026-11-01 01:00:00+00:00"),
    ],
)
def test_no_watermark_is_later_than_the_sources_own_clock(
    newest: str | None, clock: str, remembered: str | None
) -> None:
    assert watermarks.capped(newest, clock, HELSINKI) == remembered


@pytest.mark.parametrize("text", ["viime tiistaina", "infinity", "17", ""])
def test_a_watermark_that_is_no_time_is_refused_without_its_value(text: str) -> None:
    with pytest.raises(SourceError, match="alias _changed_at is no date and time") as raised:
        watermarks.capped(text, NOW, HELSINKI)
    assert text == "" or text not in str(raised.value).replace("_changed_at", "")


@pytest.mark.parametrize("night", ["2026-10-25", "2026-03-29"])
@pytest.mark.parametrize("overlap", [0, 7_200])
def test_every_moment_after_a_pull_is_read_by_the_next(night: str, overlap: int) -> None:
    """Of a source that writes local time without an offset, on the nights when the clocks change."""
    midnight = datetime.fromisoformat(f"{night} 00:00+00:00") - timedelta(hours=2)
    moments = [midnight + timedelta(minutes=n) for n in range(0, 6 * 60, 5)]

    def local(moment: datetime) -> str:
        return moment.astimezone(HELSINKI).replace(tzinfo=None).isoformat(sep=" ")

    for n, pulled in enumerate(moments):
        newest = max(local(moment) for moment in moments[: n + 1])
        mark = watermarks.capped(newest, pulled.isoformat(sep=" "), HELSINKI)
        begin = datetime.fromisoformat(watermarks.since(str(mark), overlap))
        for later in moments[n:]:
            assert datetime.fromisoformat(local(later)) >= begin, (local(pulled), local(later))


@pytest.fixture
def marked(shop: Shop) -> Shop:
    """The small foreign system, its clients with a watermark, beside enough others that buckets differ little."""
    shop.conn.execute("alter table client add changed timestamptz")
    path = extraction.sources.folder("shop") / "customer.sql"
    text = path.read_text(encoding="utf-8").replace("\nfrom", ",\n    changed as _changed_at\nfrom")
    path.write_text(text, encoding="utf-8")
    for n in range(40):
        shop.client(f"c{n}", changed="2026-10-01 12:00")
    return shop


def _names(shop: Shop, *keys: str) -> list[str]:
    held = shop.held("customer", "name")
    return [held[key][0] for key in keys]


def test_a_row_from_a_clock_that_runs_ahead_hides_no_later_change(marked: Shop) -> None:
    marked.conn.execute("update client set changed = '2033-05-05' where no = 'c0'")
    marked.night()
    marked.conn.execute("update client set label = 'Myöhempi', changed = now() where no = 'c1'")
    assert marked.night()["customer"]["read"] == 2
    assert _names(marked, "c0", "c1") == ["Yhtiö c0", "Myöhempi"]


def test_a_transaction_that_commits_late_is_found_the_next_night(marked: Shop) -> None:
    with connections.connect("demo_crm") as slow:
        slow.execute("update client set label = 'Hidas', changed = now() where no = 'c1'")
        marked.conn.execute("update client set label = 'Nopea', changed = now() where no = 'c2'")
        marked.night()
        assert _names(marked, "c1", "c2") == ["Yhtiö c1", "Nopea"]
        slow.commit()
    marked.conn.execute("update client set label = 'Uusi', changed = now() where no = 'c3'")
    assert marked.night()["customer"]["read"] == 3
    assert _names(marked, "c1", "c3") == ["Hidas", "Uusi"]


def test_the_first_change_of_rows_that_had_no_watermark_is_found(marked: Shop) -> None:
    marked.conn.execute("update client set changed = null")
    marked.night()
    marked.conn.execute("update client set label = 'Vanha', changed = now() - interval '9 days' where no = 'c1'")
    marked.conn.execute("update client set label = 'Uusi', changed = now() where no = 'c2'")
    marked.night()
    assert _names(marked, "c1", "c2") == ["Vanha", "Uusi"]


def test_what_forgets_its_watermark_is_found_by_a_full_pull_and_a_delete_at_once(marked: Shop) -> None:
    marked.night()
    marked.conn.execute("update client set label = 'Salaa' where no = 'c1'")
    marked.conn.execute("delete from client where no = 'c2'")
    marked.conn.execute("update client set no = 'uusi', label = 'Salaa' where no = 'c3'")
    book = marked.night()["customer"]
    assert (book["vanished"], book["inserted"]) == (2, 1)
    held = marked.held("customer", "vanished_pull is not null")
    assert {key for key, (gone,) in held.items() if gone} == {"c2", "c3"}
    assert _names(marked, "uusi") == ["Salaa"]
    marked.night(full=True)
    assert _names(marked, "c1") == ["Salaa"]


def test_a_doubled_key_that_becomes_another_is_told(marked: Shop, monkeypatch: Any) -> None:
    """Both rows of a doubled key cancel out in a sum over keys."""
    monkeypatch.setattr(bucket_sums, "wanted_buckets", lambda rows: 1)
    for key in ("x", "x"):
        marked.client(key, changed="2026-10-01 12:00")
    marked.night()
    assert marked.refused() == {("customer", "x"): ["unique:source_key"]}
    marked.conn.execute("update client set no = 'y' where no = 'x'")
    marked.night()
    assert marked.refused() == {("customer", "y"): ["unique:source_key"]}


@pytest.mark.parametrize("date", ["2026-10-25", "2026-03-29"])
def test_a_night_when_the_clocks_change(marked: Shop, tmp_path: Any, date: str) -> None:
    """The source's clock is a function of its own; its rows carry local time without an offset."""
    marked.conn.execute("alter table client alter changed type timestamp")
    marked.conn.execute("alter role demo_owner in database crm set search_path = shop, pg_catalog")
    policy = paths.POLICY / "sources.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + "    overlap: 0\n", encoding="utf-8")

    def tell(moment: datetime, key: str) -> None:
        marked.conn.execute(
            "create or replace function shop.now() returns timestamptz language sql as "
            f"$$ select timestamptz '{moment.isoformat()}' $$"
        )
        local = moment.astimezone(HELSINKI).replace(tzinfo=None)
        marked.conn.execute("update client set label = %s, changed = %s where no = %s", (key, local, key))

    begin = datetime.fromisoformat(f"{date} 00:50:00+00:00")
    tell(begin, "c1")
    marked.night()
    remembered = marked.warehouse.execute("select watermark from staging.seen where entity = 'customer'").fetchone()
    assert remembered
    assert remembered[0].startswith(date)
    # In autumn 20 minutes after 03:50 it is 03:10, in spring 20 minutes after 02:50 it is 04:10.
    tell(begin + timedelta(minutes=20), "c2")
    assert marked.night()["customer"]["updated"] == 1
    tell(begin + timedelta(days=1), "c3")
    assert marked.night()["customer"]["updated"] == 1
    assert _names(marked, "c1", "c2", "c3") == ["c1", "c2", "c3"]
