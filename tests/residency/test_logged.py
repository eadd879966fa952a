"""The transfer log as it is told: what each consent is worth today, and where the record lies by the register."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import subjects
from rekisteri.cli import app
from tests.pages.conftest import Browser, browser
from tests.pages.test_pages import add_recording, add_transfers
from tests.register_rows import NIGHT, PULL, add

__all__ = ["browser"]

Connection = psycopg.Connection[Any]
TODAY = date.today()
DAY = timedelta(days=1)
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)


def listed() -> list[dict[str, Any]]:
    """Return what the command lists as JSON."""
    done = CliRunner().invoke(app, ["residency", "transfers", "--json"])
    assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout))


def shown() -> str:
    """Return what the command shows people, with every row's lines joined."""
    done = CliRunner().invoke(app, ["residency", "transfers"], env={"COLUMNS": "400"})
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("consent", "state", "told"),
    [
        ({}, "in_force", "in force"),
        ({"valid_to": TODAY + DAY}, "in_force", "in force"),
        ({"valid_to": TODAY - DAY}, "ended", f"ended on {TODAY - DAY}"),
        ({"withdrawn_at": NOON}, "withdrawn", "withdrawn on 2026-10-20"),
        ({"withdrawn_at": NOON, "vanished_pull": PULL}, "withdrawn", "withdrawn on 2026-10-20"),
        ({"vanished_pull": PULL}, "gone", "gone at its source"),
        ({"kept_rule": "format:country"}, "refused", "its newest version waits in quarantine"),
        ({"restricted_ground": "consent_evidence"}, "restricted", "kept as evidence only"),
        ({"valid_from": TODAY + 2 * DAY}, "not_yet", "not in force yet"),
        (None, "not_held", "not held any more"),
    ],
)
def test_what_a_consent_is_worth_today_is_told(
    warehouse: Connection, browser: Browser, consent: dict[str, Any] | None, state: str, told: str
) -> None:
    if consent is not None:
        add(warehouse, "transfer_consent", "C-0", person_key="P-0", **consent)
    add_transfers(warehouse, 1, consent_from=date(2024, 1, 1))
    (found,) = listed()
    assert found["consent_state"] == state
    assert f"crm C-0 from 2024-01-01, no end, {told} 2.5 h" in browser.open("/transfers").text


@pytest.mark.parametrize(
    ("other", "state"),
    [
        ({"person_key": "P-0"}, "withdrawn"),
        ({"person_key": "P-1"}, "in_force"),
        ({"person_key": "P-0", "country": "GB"}, "in_force"),
        ({"person_key": "P-0", "withdrawn_at": datetime(2023, 1, 1, tzinfo=UTC)}, "in_force"),
    ],
)
def test_who_takes_one_back_takes_back_all_for_that_country(
    warehouse: Connection, other: dict[str, Any], state: str
) -> None:
    add(warehouse, "transfer_consent", "C-0", person_key="P-0")
    add(warehouse, "transfer_consent", "C-5", **{"withdrawn_at": NOON} | other)
    add_transfers(warehouse, 1)
    (found,) = listed()
    assert (found["consent_state"], found["withdrawn_at"]) == (state, None)
    assert (found["withdrawn_on"] == "2026-10-20") is (state == "withdrawn")


def test_one_of_the_same_subject_in_another_source_takes_it_back_too(warehouse: Connection) -> None:
    add(warehouse, "transfer_consent", "C-0", person_key="P-0")
    add(warehouse, "transfer_consent", "B-0", "billing", person_key="77", withdrawn_at=NOON)
    add_transfers(warehouse, 1)
    assert listed()[0]["consent_state"] == "in_force"
    for source, key in (("crm", "P-0"), ("billing", "77")):
        add(warehouse, "person", key, source, full_name="Aino Koski", email="aino@koski.example")
    subjects.link(warehouse, NIGHT)
    assert listed()[0]["consent_state"] == "withdrawn"


def lie(conn: Connection, key: str, **where: Any) -> None:
    """Have the register hold a recording that lies somewhere."""
    add_recording(conn, key)
    for column, value in where.items():
        conn.execute(f"update register.recording set {column} = %s where source_key = %s", (value, key))


def test_where_the_record_lies_by_the_register_is_told(warehouse: Connection, browser: Browser) -> None:
    lie(warehouse, "R-0", provider="aws", storage_region="us-east-1")
    lie(warehouse, "R-1", provider="upcloud", storage_region="fi-hel1")
    # Nobody knows it as a place, so it may be anything.
    lie(warehouse, "R-2", provider="Matti Virtanen", storage_region="us-east-1")
    lie(warehouse, "R-3", provider="aws", storage_region="Mannerheimintie 1")
    # The same key of another entity lies elsewhere.
    add(warehouse, "device", "R-4", "service_desk", model="x", provider="aws", storage_region="us-east-1",
        customer_key="1")  # fmt: skip
    add_transfers(warehouse, 5)
    # What was sent is not where its record is.
    add_transfers(warehouse, 1, destination="access", source_key="R-0")
    found = [(one["destination"], one["source_key"], one["provider"], one["place"]) for one in listed()]
    assert found == [
        ("access", "R-0", None, None),
        ("record", "R-4", None, None),
        ("record", "R-3", None, None),
        ("record", "R-2", None, None),
        ("record", "R-1", "upcloud", "fi-hel1"),
        ("record", "R-0", "aws", "us-east-1"),
    ]
    page, command = browser.open("/transfers").text, shown()
    assert "United States aws us-east-1 stored there yes crm P-0" in page
    assert "United States now upcloud fi-hel1 (Finland) stored there yes crm P-1" in page
    assert "United States stored there yes crm P-2" in page
    assert "US aws us-east-1 yes" in command
    assert "US now upcloud" in command
    for text in (page, command):
        assert "Virtanen" not in text
        assert "Mannerheimintie" not in text
