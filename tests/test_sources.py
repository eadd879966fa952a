"""A source's entry and its SELECTs as they are read; which source comes after which."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import phonenumbers
import psycopg
import pytest

from rekisteri import extracts, paths, sources
from rekisteri.errors import PolicyError
from rekisteri.nights import ingest
from rekisteri.pulls import State

NIGHT = date(2026, 11, 1)
Order = Callable[..., dict[str, int]]


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    """Write into a copy of the policy which source comes after which; returns the line of each."""
    policy = tmp_path / "policy"
    shutil.copytree(paths.POLICY, policy)
    monkeypatch.setattr(paths, "POLICY", policy)
    file = policy / "sources.yaml"
    before = re.sub(r"    after: .*\n", "", file.read_text(encoding="utf-8"))

    def write(**after: list[str]) -> dict[str, int]:
        text = before
        for name, others in after.items():
            text = text.replace(f"  {name}:\n", f"  {name}:\n    after: [{', '.join(others)}]\n")
        file.write_text(text, encoding="utf-8")
        return {name: text[: text.index(f"  {name}:\n")].count("\n") + 2 for name in after}

    return write


def test_no_source_waits_where_nothing_is_said(order: Order) -> None:
    order()
    assert {one.after for one in sources.read().values()} == {()}


def test_a_source_may_come_after_others(order: Order) -> None:
    order(service_desk=["crm", "billing"], billing=["crm"])
    assert sources.named("service_desk").after == ("crm", "billing")
    assert extracts.check() == []


def test_the_countries_of_phone_numbers_are_those_of_the_library() -> None:
    assert sources._phone_countries() == phonenumbers.SUPPORTED_REGIONS


@pytest.mark.parametrize("country", ["XX", "fi", "FIN", "358"])
def test_a_country_that_has_no_phone_numbers_is_told_with_its_line(order: Order, country: str) -> None:
    order()
    file = paths.POLICY / "sources.yaml"
    text = file.read_text(encoding="utf-8").replace("phone_country: FI", f'phone_country: "{country}"', 1)
    file.write_text(text, encoding="utf-8")
    line = text[: text.index("phone_country: ")].count("\n") + 1
    with pytest.raises(PolicyError, match=rf"sources.yaml:{line}: sources.billing.phone_country: no country of phone"):
        sources.read()


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"billing": ["crn"]}, {"billing": "sources.billing.after: no source 'crn'; name one of billing, crm"}),
        ({"billing": ["billing"]}, {"billing": "'billing' waits for 'billing'"}),
        (
            {"billing": ["crm"], "crm": ["billing"]},
            {"billing": "'billing' waits for 'crm', which waits for 'billing'", "crm": "'crm' waits for 'billing'"},
        ),
        (
            {"billing": ["crm"], "crm": ["service_desk"], "service_desk": ["billing"]},
            {"billing": "which waits for 'billing'", "crm": "which waits", "service_desk": "leave one of them out"},
        ),
    ],
)
def test_an_order_that_cannot_be_kept_is_refused_with_its_lines(
    order: Order, after: dict[str, list[str]], said: dict[str, str]
) -> None:
    lines = order(**after)
    found = extracts.check()
    assert len(found) == len(said)
    for name, sentence in said.items():
        assert any(f"sources.yaml:{lines[name]}: " in told and sentence in told for told in found), found
    with pytest.raises(PolicyError):
        sources.read()


def _pull(conn: psycopg.Connection[Any], source: str, state: State, night: date = NIGHT, ago: str = "0 s") -> None:
    conn.execute(
        "insert into staging.pull (pull_id, source, night, run_id, rules_version, state, changed_at) values "
        "(gen_random_uuid(), %s, %s, gen_random_uuid()::text, 'x', %s, now() - %s::interval)",
        (source, night, state, ago),
    )


def _may(since: timedelta = timedelta(0)) -> bool:
    return ingest.may_begin("service_desk", NIGHT, datetime.now(UTC) - since)


def test_who_comes_after_nobody_begins_at_once(order: Order, warehouse: psycopg.Connection[Any]) -> None:
    order(billing=["crm"])
    assert _may()


def test_it_begins_when_each_pull_of_the_night_has_ended(order: Order, warehouse: psycopg.Connection[Any]) -> None:
    order(service_desk=["crm", "billing"])
    _pull(warehouse, "crm", "recounted", NIGHT - timedelta(days=1))
    _pull(warehouse, "billing", "recounted")
    assert not _may()
    _pull(warehouse, "crm", "recounted")
    assert _may()
    _pull(warehouse, "crm", "extracted")
    assert not _may(), "a second pull of the night is under way"


@pytest.mark.parametrize("ended", ["refused", "given up"])
def test_a_pull_that_ended_badly_holds_nobody_back(
    order: Order, warehouse: psycopg.Connection[Any], ended: str
) -> None:
    order(service_desk=["crm"])
    _pull(warehouse, "crm", "refused" if ended == "refused" else "extracted")
    if ended == "given up":
        assert not _may()
        run = warehouse.execute("select run_id from staging.pull").fetchone()
        assert run
        ingest.give_up("crm", run[0])
    assert _may()


def test_a_source_that_does_not_begin_is_waited_for_two_hours(order: Order, warehouse: psycopg.Connection[Any]) -> None:
    order(service_desk=["crm"])
    assert not _may(timedelta(minutes=119))
    assert _may(timedelta(minutes=121))
    _pull(warehouse, "crm", "admitted", NIGHT, "3 h")
    assert not _may(timedelta(minutes=119)), "left alone, and not ended"
    assert _may(timedelta(minutes=121))
    _pull(warehouse, "crm", "admitted")
    assert not _may(timedelta(minutes=121)), "late, but under way"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("select 1;\n", "select 1"),
        ("select 1;;\n-- a note", "select 1\n-- a note"),
        ("select 1; /* a note; two */ -- ;", "select 1 /* a note; two */ --"),
        ("select ';' as a -- b; c\n", "select ';' as a -- b; c"),
        ("select ';'", "select ';'"),
        ("-- first;\nselect 1", "-- first;\nselect 1"),
    ],
)
def test_a_closing_semicolon_is_taken_off_whatever_note_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, read: str
) -> None:
    monkeypatch.setattr(paths, "SQL", tmp_path)
    folder = tmp_path / "extract" / "crm"
    folder.mkdir(parents=True)
    (folder / "person.sql").write_text(written, encoding="utf-8")
    assert sources.select("crm", "person").replace("  ", " ").strip() == read
