"""The pages: no value, no stranger, nothing from elsewhere; rows by key, transfers, places; trouble in a sentence."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

from rekisteri import connections, erasure, inspection, paths
from rekisteri.errors import WarehouseError
from rekisteri.pages.app import app
from rekisteri.pages.rendering import BASE
from rekisteri.quarantine import deciding
from rekisteri.residency.whereabouts import whereabouts
from tests.pages.conftest import Browser
from tests.pages.markup import parsed
from tests.pull.conftest import NIGHT, Shop
from tests.register_rows import add

PAGES = ("/", "/gates", "/gates/rows", "/where", "/transfers")
MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&"


def add_transfers(conn: psycopg.Connection[Any], many: int, **more: Any) -> None:
    """Log transfers of as many records, as the pipeline does."""
    for n in range(many):
        row = {
            "night": NIGHT, "destination": "record", "source": "service_desk", "entity": "recording",
            "source_key": f"R-{n}", "person_source": "crm", "person_key": f"P-{n % 3}", "data_groups": [4, 9],
            "country": "US", "consent_source": "crm", "consent_key": f"C-{n % 3}",
            "evidence_at": MIDNIGHT, "transferred_at": MIDNIGHT + timedelta(hours=2.5),
        } | more  # fmt: skip
        names, places = ", ".join(row), ", ".join(f"%({name})s" for name in row)
        conn.execute(f"insert into register.transfer_log ({names}) values ({places})", row)


def add_recording(conn: psycopg.Connection[Any], key: str, source: str = "service_desk") -> None:
    """Have the register hold a recording."""
    add(conn, "recording", key, source, case_key="S-1", recorded_at=MIDNIGHT, media=f"{key}.wav")


# Who may look, and what an answer carries.


@pytest.mark.parametrize("status", [401, 403])
def test_no_page_is_shown_to_who_may_not_look(home: object, status: int) -> None:
    async def refuse() -> None:
        raise HTTPException(status)

    made = app(refuse)
    with TestClient(made) as client:
        shown = {path for route in made.routes if (path := getattr(route, "path", "")) and path != "/static"}
        assert set(PAGES) <= shown
        for path in shown:
            answer = client.get(path)
            assert answer.status_code == status, path
            parsed(answer.text)
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/gates?night=x", "/static/pages.css"])
def test_every_answer_forbids_what_is_not_ours(warehouse: object, browser: Browser, path: str) -> None:
    answer = browser.client.get(f"{BASE}{path}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_served_beside_the_pages_loads_nothing_from_elsewhere() -> None:
    files = list((paths.PACKAGE / "pages" / "static").iterdir())
    assert {file.suffix for file in files} == {".css", ".js", ".svg"}
    for file in files:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp|innerHTML|eval\(", text), file.name


# What waits, by key.


def test_a_hostile_key_is_text_and_a_value_is_never_shown(shop: Shop, browser: Browser) -> None:
    shop.client(HOSTILE, label=None, mail="salainen.osoite@example.fi", tel="salainen puhelin")
    shop.night()
    page = browser.open("/gates/rows")
    assert HOSTILE in page.text
    assert "<script>alert" not in page.html
    assert page.having("script") == [{"src": f"{BASE}/static/pages.js"}]
    for path in set(PAGES) - {"/where"}:
        assert "salainen" not in browser.open(path).html
    # Nor does what the address asks for become markup.
    asked = browser.open("/gates/rows?source=%3Cscript%3Ealert(1)%3C/script%3E&rule=%22%3E%3Cb%3E")
    assert "<script>alert" not in asked.html
    assert asked.having("b") == []


def test_rows_are_paged_each_once(shop: Shop, browser: Browser) -> None:
    for n in range(120):
        shop.client(f"K-{n}", label=None)
    shop.night()
    (rule,) = set(browser.open("/gates").links("/gates/rows?"))
    path, found = rule, []
    for _ in range(3):
        page = browser.open(path)
        found += re.findall(r"K-\d+", page.text)
        path = next(iter(page.links("after=")), "")
    assert path == ""
    assert sorted(found) == sorted(f"K-{n}" for n in range(120))
    assert browser.open("/gates/rows?source=other").text.count("K-") == 0


def test_a_row_that_its_place_keeps_out_says_whose_consent_is_missing(consenting: Shop, browser: Browser) -> None:
    consenting.line("101", "10", region="mars-north-1", cloud="aws")
    consenting.night()
    page = browser.open("/gates/rows?source=shop&entity=service&rule=residency:delivered_from")
    assert "aws eu-west-2 → United Kingdom outside" in page.text
    assert "person shop Aino : no consent to GB was ever given" in page.text
    assert "A consent to United Kingdom (GB) of each who is named here lets the row in at the next pull" in page.text
    # What nobody knows as a place may be anything a person typed.
    assert "mars-north-1" not in page.text
    where = browser.open("/where").text
    assert "2 rows wait in quarantine, out of the register, for a place that is outside, unknown or too vague" in where
    assert "shop service : 1 in the United Kingdom, 1 unknown." in where
    assert "mars-north-1" not in where
    assert page.text.count("What stands there is withheld, since it may be anything") == 1
    assert "<code>rekisteri quarantine show --values</code> shows it to an approver and notes who looked" in page.html
    assert "No consent can name a place that nobody knows" in page.text
    # Nobody can release such a row.
    assert "<code>release</code>" not in page.html
    assert "Nobody can release a row that this rule refuses" in page.text
    consenting.client("9", tel="x")
    consenting.night()
    other = browser.open("/gates/rows?source=shop&entity=customer&rule=format:phone")
    assert "<code>release</code>" in other.html
    assert (
        "take the id of a row, or <code>--source</code>, <code>--entity</code> and <code>--key</code>. A" in other.html
    )


def test_what_a_person_decided_is_told_beside_the_rows(shop: Shop, browser: Browser) -> None:
    for n in range(25):
        shop.client(f"K-{n:02}", tel="x")
    shop.client("2", label=None)
    shop.night()
    assert "Decided by a person" not in browser.open("/gates/rows").text
    officer = connections.connect(inspection.DPO, autocommit=True)
    with officer:
        ids = dict(officer.execute("select source_key, quarantine_id from quarantine.row").fetchall())
        for n in range(25):
            night = NIGHT - timedelta(days=n)
            deciding.reject(officer, ids[f"K-{n:02}"], reason="not_ours", staff="dpo", decided_on=night)
    page = browser.open("/gates/rows?source=shop&entity=customer&rule=required:name")
    shown = page.text[page.text.index("Decided by a person") :]
    assert "The newest 20 decisions, whatever the rule" in shown
    assert re.findall(r"K-\d+", shown) == [f"K-{n:02}" for n in range(20)]
    assert "2026-11-01 shop customer K-00 reject not_ours dpo format:phone" in shown
    assert "K-00" in browser.open("/gates/rows").text
    assert "Decided by a person" not in browser.open("/gates/rows?source=shop&entity=contract").text


def test_an_expectation_is_told_by_the_sources_file(shop: Shop, browser: Browser) -> None:
    paths.EXPECTATIONS.mkdir(exist_ok=True)
    (paths.EXPECTATIONS / "shop.yaml").write_text(
        "expectations:\n  customer:\n    - type: expect_column_values_to_not_be_null\n      name: with_mail\n"
        "      kwargs: {column: email}\n      severity: critical\n      consequence: note\n"
        "      why: Whom nobody can write to is counted.\n",
        encoding="utf-8",
    )
    shop.client("1")
    shop.night()
    text = browser.open("/gates/rows?source=shop&entity=customer&rule=expects:with_mail").text
    assert "The expectation in include/expectations/shop.yaml:3 is not met: Whom nobody can write to is counted" in text
    assert "It is only counted: it keeps no row out and stops no pull" in text
    assert "Where it stopped a pull" not in text
    (paths.EXPECTATIONS / "shop.yaml").unlink()
    text = browser.open("/gates/rows?source=shop&entity=customer&rule=expects:with_mail").text
    assert "It does not meet an expectation of include/expectations: with_mail" in text


def test_a_row_that_waits_for_another_says_for_which(shop: Shop, browser: Browser) -> None:
    shop.client("1", label=None)
    shop.deal("10", "1")
    shop.night()
    page = browser.open("/gates/rows?source=shop&entity=contract&rule=reference:customer_key")
    assert "Waits for" in page.text
    assert "customer 1, which waits itself (required:name)" in page.text
    assert "Waits for" not in browser.open("/gates/rows?source=shop&entity=customer&rule=required:name").text


def test_a_row_says_whether_the_register_holds_an_older_version(shop: Shop, browser: Browser) -> None:
    shop.client("1")
    shop.night()
    shop.conn.execute("update client set label = null")
    shop.night()
    path = "/gates/rows?source=shop&entity=customer&rule=required:name"
    page = browser.open(path)
    assert "The register holds" in page.text
    assert page.text.count("an older version") == 1
    shop.client("2", label=None)
    shop.night()
    assert re.findall(r"an older version|nothing", browser.open(path).text) == ["an older version", "nothing"]
    assert "in quarantine; the register holds none of them, or an older version" in browser.open("/gates").text


# The Data Docs, which whoever serves them renders.


def test_the_data_docs_are_shown_beside_the_pages(shop: Shop, browser: Browser) -> None:
    shop.client("1", label=None)
    shop.night()
    (index,) = browser.open("/gates").links("data-docs")
    answer = browser.client.get(index)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert f'<a href="{BASE}/gates">Register</a>' in answer.text
    (suite,) = set(re.findall(r'href="(expectations/shop\.customer\.html)"', answer.text))
    shown = browser.client.get(index.replace("index.html", suite))
    assert "required:name" in shown.text
    assert f'<a href="{BASE}/gates">Register</a>' in shown.text
    assert "No such page" in browser.open("/data-docs/expectations/shop.nothing.html", 404).text


# Transfers.


def test_without_a_transfer_the_page_says_so(warehouse: object, browser: Browser) -> None:
    text = browser.open("/transfers").text
    assert "Nothing has left the EU/EEA" in text
    assert "An adequacy decision of the Commission does not make a country inside" in text


def test_a_transfer_is_told_with_groups_country_and_consent(
    warehouse: psycopg.Connection[Any], browser: Browser
) -> None:
    add(warehouse, "transfer_consent", "C-0", person_key="P-0", valid_from=NIGHT, valid_to=NIGHT, withdrawn_at=MIDNIGHT)
    add_transfers(warehouse, 1, consent_from=NIGHT - timedelta(days=9))
    add_transfers(
        warehouse, 1, source_key="R-1", consent_key="C-1", person_key="P-1", consent_from=NIGHT, consent_until=NIGHT
    )
    # Logged again, as the record has changed.
    add_transfers(
        warehouse, 1, pull_id=uuid4(), night=NIGHT - timedelta(days=1), transferred_at=MIDNIGHT - timedelta(days=1)
    )
    add(warehouse, "transfer_consent", "C-9", person_key="P-9")
    add_transfers(warehouse, 1, source_key="old", consent_key="C-9", person_key="P-0")
    add_transfers(warehouse, 1, country="GB", destination="access", source_key="X")
    add_transfers(warehouse, 1, entity="service", source="crm", source_key="V-1")
    text = browser.open("/transfers").text
    assert "United States" in text
    assert "3 records of 2 persons, logged 4 times, last on 2026-11-01" in text
    assert "recording, stored there" in text
    assert "service, delivered from there 1 record of 1 person" in text
    assert "United Kingdom" in text
    assert "4 customer or user id, 9 recordings and communication" in text
    assert "recording service_desk R-0" in text
    # As it was when it let the record go; that its source gives it other dates by now changes nothing.
    assert "crm P-0 crm C-0 from 2026-10-23, no end, withdrawn on 2026-11-01 2.5 h" in text
    assert "crm P-1 crm C-1 from 2026-11-01 until 2026-11-01, not held any more 2.5 h" in text
    assert "crm P-0 crm C-9 its dates were not kept, in force 2.5 h" in text


def test_transfers_are_paged_each_once(warehouse: psycopg.Connection[Any], browser: Browser) -> None:
    add_transfers(warehouse, 120)
    path, found = "/transfers", []
    while path:
        page = browser.open(path)
        found += re.findall(r"R-\d+", page.text)
        path = next(iter(page.links("before=")), "")
    assert found == [f"R-{n}" for n in reversed(range(120))]


def test_each_logged_record_says_whether_it_is_still_held(
    warehouse: psycopg.Connection[Any], browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_recording(warehouse, "R-0")
    # The same key of another source, and of another entity, is another record.
    add_recording(warehouse, "R-1", "crm")
    add(warehouse, "message", "R-1", source="service_desk", case_key="S-1")
    add_transfers(warehouse, 2)
    shutil.copytree(paths.POLICY, tmp_path / "policy")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "policy")
    file = tmp_path / "policy" / "residency.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("evidence_max_age_hours: 24", "evidence_max_age_hours: 7"), encoding="utf-8")
    page = browser.open("/transfers")
    assert "United States now upcloud fi-hel1 (Finland) stored there yes crm P-0" in page.text
    assert "United States stored there no crm P-1" in page.text
    # How old the evidence was when the record went, not how old it is.
    assert "Age of evidence" in page.text
    assert "older evidence than 7 hours counts as none" in page.text


MISPLACED = """
    create table if not exists register.misplaced (
        source text not null, entity text not null, source_key text not null, rule text not null,
        country text, found_on date not null, primary key (source, entity, source_key));
    create table if not exists register.misplaced_source (source text primary key, found_on date not null);
    grant select on register.misplaced, register.misplaced_source to rekisteri_dpo
"""
"""As the warehouse has them from the release on that lists misplaced records."""


def test_what_lies_outside_without_a_consent_is_listed_for_erasure(
    warehouse: psycopg.Connection[Any], admin: psycopg.Connection[Any], browser: Browser
) -> None:
    # Before anybody has looked it is not none.
    assert "Held outside without a consent" not in browser.open("/transfers").text
    erasure.plan(warehouse, NIGHT)
    # Nor where an older warehouse does not know.
    admin.execute("drop table register.misplaced, register.misplaced_source")
    assert "Held outside without a consent" not in browser.open("/transfers").text
    admin.execute(MISPLACED)
    none = "Held outside without a consent: none in the register, by the erasure plan of 2026-11-01"
    assert none in browser.open("/transfers").text
    for n in range(60):
        admin.execute(
            "insert into register.misplaced values ('crm', 'device', %s, 'residency:storage_region', %s, %s)",
            (f"D-{n}", "US" if n else None, NIGHT),
        )
    admin.execute("insert into register.misplaced_source values ('billing', %s)", (NIGHT,))
    text = browser.open("/transfers").text
    assert "Held outside without a consent: none" not in text
    assert "Held outside without a consent 60 records" in text
    assert "The first 50 of 60 records" in text
    assert "crm device D-0 residency:storage_region a place that nobody knows 2026-11-01" in text
    assert "The source billing is not inside the EU/EEA any more, since 2026-11-01" in text
    assert "rekisteri erasure show" in text


# Where data lives.


def test_every_place_and_every_access_is_shown_with_its_line(warehouse: object, browser: Browser) -> None:
    page = browser.open("/where?on=2026-11-01")
    assert "Every place and processor is inside the EU/EEA" in page.text
    assert "OUTSIDE" not in page.text
    for one in whereabouts(NIGHT):
        assert one.line.removeprefix("include/policy/") in page.text
        assert str(one.place) in page.text
    assert "Laskuri Esimerkki Oy" in page.text


def test_what_is_outside_is_told_first_with_what_to_do(
    warehouse: object, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy"
    shutil.copytree(paths.POLICY, policy)
    monkeypatch.setattr(paths, "POLICY", policy)
    file = policy / "processors.yaml"
    text = file.read_text(encoding="utf-8")
    assert "access: [DE, IE]" in text
    file.write_text(text.replace("access: [DE, IE]", "access: [DE, GB]"), encoding="utf-8")
    page = browser.open("/where?on=2026-11-01")
    assert "United Kingdom" in page.text
    assert "OUTSIDE" in page.text
    assert "not allowed" in page.text
    assert "What to do:" in page.text
    assert page.text.index("not allowed") < page.text.index("By country")


def test_an_agreement_that_is_not_in_force_refuses_a_place_and_moves_no_country_outside(
    warehouse: object, browser: Browser
) -> None:
    # Finland was inside before the processors' agreements were made.
    page = browser.open("/where?on=2018-06-01")
    assert "Kundenbuch Beispiel GmbH not allowed" in page.text
    assert "no agreement in force before" in page.text
    assert "OUTSIDE" not in page.text
    countries = page.text[page.text.index("By country") : page.text.index("Places")]
    assert "Finland inside" in countries
    assert "nobody knows" not in countries


WITH = ", with upcloud as the records say: see Transfers"


def test_records_that_lie_outside_on_consent_are_counted_beside_the_headline(
    warehouse: psycopg.Connection[Any], browser: Browser
) -> None:
    page = browser.open("/where?on=2026-11-01")
    assert "On consent," not in page.text
    assert "could not be asked" not in page.text
    assert "shown only where processors.yaml names it as a processor or sub-processor" in page.text
    for key in ("R-0", "R-1", "R-2"):
        add_recording(warehouse, key)
    # Twice, for two persons, and again when it changed: one record. are not held any more.
    add_transfers(warehouse, 9, country="GB")
    add_transfers(warehouse, 2, country="GB", pull_id=uuid4(), person_key="another")
    # What was sent lies nowhere.
    add_transfers(warehouse, 3, country="NO", destination="mail", pull_id=uuid4())
    # A newer transfer of it went elsewhere.
    add_transfers(warehouse, 1, source_key="R-2", pull_id=uuid4(), transferred_at=MIDNIGHT + timedelta(days=1))
    # The answer is not kept with what the policy files say.
    page = browser.open("/where?on=2026-11-01")
    assert "Every place and processor is inside the EU/EEA" in page.text
    assert f"On consent, 2 records that the register holds have gone to the United Kingdom{WITH}" in page.text
    assert f"On consent, 1 record that the register holds has gone to the United States{WITH}" in page.text
    assert "Norway" not in page.text
    # What no consent in force covers is not there on consent, though the log says so.
    warehouse.execute(
        "insert into register.misplaced values ('service_desk', 'recording', 'R-1', 'residency:storage_region', 'GB', "
        "%s)",
        (NIGHT,),
    )
    page = browser.open("/where?on=2026-11-01")
    assert f"On consent, 1 record that the register holds has gone to the United Kingdom{WITH}" in page.text
    assert "Without a consent in force, 1 record of the register lies outside the EU/EEA , due for erasure" in page.text


# Trouble.


def test_a_warehouse_that_is_down_is_told_in_a_sentence(
    warehouse: object, admin: psycopg.Connection[Any], browser: Browser
) -> None:
    admin.execute("alter role rekisteri_dpo connection limit 0")
    try:
        for path in ("/gates", "/gates/rows", "/transfers"):
            page = browser.open(path, 503)
            assert "the server does not answer or refuses the login" in page.text
            assert "Traceback" not in page.html
        # Where data lives is in the policy files; only the number of records is not.
        page = browser.open("/where")
        assert "Every place and processor is inside the EU/EEA" in page.text
        assert "How many records went outside on consent could not be asked now" in page.text
        assert "the server does not answer or refuses the login" in page.text
    finally:
        admin.execute("alter role rekisteri_dpo connection limit -1")
    browser.open("/gates")


def test_a_warehouse_that_is_not_made_is_told_in_a_sentence(
    warehouse: object, admin: psycopg.Connection[Any], browser: Browser
) -> None:
    admin.execute("drop table quarantine.gate_night")
    admin.execute("alter table staging.pull rename to gone")
    assert "SQLSTATE 42P01" in browser.open("/gates", 503).text


def test_who_looks_changes_nothing(warehouse: object) -> None:
    # Elsewhere the same login may place holds.
    with connections.connect(inspection.DPO) as conn:
        assert conn.execute("select has_table_privilege('register.legal_hold', 'insert')").fetchone() == (True,)
    with pytest.raises(WarehouseError, match="25006"), inspection.opened() as conn:
        conn.execute("insert into register.legal_hold default values")


def test_who_looks_does_not_wait_for_ever(warehouse: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "_OPTIONS", "-c statement_timeout=50ms")
    with pytest.raises(WarehouseError, match="needs longer"), inspection.opened() as conn:
        conn.execute("select pg_sleep(5)")


def test_a_look_is_of_one_moment(warehouse: psycopg.Connection[Any]) -> None:
    with inspection.opened() as conn:
        before = inspection.rows(conn, "transfers_by_country")
        add_transfers(warehouse, 1)
        assert inspection.rows(conn, "transfers_by_country") == before == []
