"""The page of places, where it is asked: of any place by its form, and of another day."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import cli, paths
from rekisteri.pages.rendering import BASE
from rekisteri.residency.locations import LONGEST
from tests.pages.conftest import Browser
from tests.pages.markup import Page
from tests.pages.test_pages import HOSTILE, add_recording, add_transfers

DAY = "2026-11-01"
NOW = "Records and rows are counted as of now, not of that day"


def asked(browser: Browser, text: str, on: str | None = DAY) -> Page:
    """Return the page that the form leads to."""
    return browser.open(f"/where?explain={quote(text, safe='')}{f'&on={on}' if on else ''}")


def sent(page: Page) -> dict[str | None, str | None]:
    """Return what the form would send as it stands."""
    return {held["name"]: held["value"] for held in page.having("input")}


# Any place.


@pytest.mark.parametrize(
    "text",
    [
        "aws eu-west-2a",
        "Ruotsi",
        "SE",
        "GB",
        "s3.eu-north-1.amazonaws.com",
        "kundenbuch",
        "Europe",
        "Rutosi",
        "eu-west",
    ],
)
@pytest.mark.parametrize("on", [DAY, "2020-01-31"])
def test_the_answer_is_the_commands_own(warehouse: object, browser: Browser, text: str, on: str) -> None:
    done = CliRunner().invoke(cli.app, ["residency", "explain", text, "--on", on])
    page = asked(browser, text, on)
    (box,) = [held for held in page.having("div") if "answer" in (held["class"] or "")]
    assert box["class"] == f"callout {'bad' if done.exit_code else 'good'} answer"
    told = " ".join(done.stdout.split())
    assert f"EU/EEA on {on}" in told
    assert f"{text} : {told}" in page.text


def test_the_form_keeps_the_day_and_leads_to_the_answer(warehouse: object, browser: Browser) -> None:
    page = browser.open("/where")
    (form,) = page.having("form")
    action, _, anchor = str(form["action"]).partition("#")
    assert (form["method"], action) == ("get", f"{BASE}/where")
    assert anchor in [held.get("id") for _, held in page.tags]
    # Without a day there is none to keep: who comes back tomorrow asks of tomorrow.
    assert sent(page) == {"explain": ""}
    assert "answer" not in page.html
    page = asked(browser, "GB", "2020-01-31")
    assert sent(page) == {"on": "2020-01-31", "explain": "GB"}
    assert "GB : inside the EU/EEA on 2020-01-31" in page.text
    assert f"OUTSIDE the EU/EEA on {date.today()}" in asked(browser, "GB", None).text


def test_what_is_asked_is_text_and_never_markup(warehouse: object, browser: Browser) -> None:
    page = asked(browser, HOSTILE)
    assert f"{HOSTILE} : OUTSIDE the EU/EEA" in page.text
    assert sent(page)["explain"] == HOSTILE
    assert "<script>alert" not in page.html
    assert page.having("script") == [{"src": f"{BASE}/static/pages.js"}]


@pytest.mark.parametrize("text", ["", " ", "\0", "\u202e", "%", "://", "http://[", ".", "a." * 59, "x" * LONGEST, "🜨"])
def test_whatever_is_not_known_is_outside(warehouse: object, browser: Browser, text: str) -> None:
    page = asked(browser, text)
    assert f"OUTSIDE the EU/EEA on {DAY}" in page.text
    assert ("no location is given" in page.text) is (not text.strip())


def test_a_place_has_a_longest_name(warehouse: object, browser: Browser) -> None:
    assert [held["maxlength"] for held in browser.open("/where").having("input")] == [str(LONGEST)]
    text = browser.open(f"/where?explain={'x' * (LONGEST + 1)}", 400).text
    assert f"no name or place is longer than {LONGEST} characters" in text


def test_a_place_is_explained_while_the_warehouse_is_down(
    warehouse: object, admin: psycopg.Connection[Any], browser: Browser
) -> None:
    admin.execute("alter role rekisteri_dpo connection limit 0")
    try:
        page = asked(browser, "Ruotsi")
        assert "Ruotsi : inside the EU/EEA" in page.text
        assert "could not be asked now" in page.text
    finally:
        admin.execute("alter role rekisteri_dpo connection limit -1")


def test_without_a_policy_nothing_is_explained(
    home: object, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "POLICY", tmp_path)
    text = browser.open("/where?explain=SE", 503).text
    assert "inside the EU/EEA" not in text


# Another day.


def test_on_another_day_the_page_says_that_records_are_counted_now(
    warehouse: psycopg.Connection[Any], browser: Browser
) -> None:
    add_recording(warehouse, "R-0")
    add_transfers(warehouse, 1)
    today = date.today()
    for day in (today - timedelta(days=1), today + timedelta(days=1)):
        text = browser.open(f"/where?on={day}").text
        assert "On consent, 1 record that the register holds has gone to the United States" in text
        assert NOW in text
    for path in ("/where", f"/where?on={today}"):
        text = browser.open(path).text
        assert "On consent, 1 record" in text
        assert NOW not in text
