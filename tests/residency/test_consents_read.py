"""As of which night consents were read, on the page and by command."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import erasure
from rekisteri.cli import app
from tests.pages.conftest import Browser, browser
from tests.register_rows import NIGHT

__all__ = ["browser"]

Connection = psycopg.Connection[Any]
DAY = timedelta(days=1)


def pulled(conn: Connection, source: str, on: Any, state: str = "merged", entity: str = "transfer_consent") -> None:
    """Have a source pulled for a night."""
    pull_id = uuid4()
    conn.execute(
        "insert into staging.pull (pull_id, source, night, run_id, rules_version, state) "
        "values (%s, %s, %s, %s, 'x', %s)",
        (pull_id, source, on, str(pull_id), state),
    )
    conn.execute(
        "insert into staging.arrival (pull_id, entity, read, part, skipped, shape) values (%s, %s, 1, 'full', 0, '')",
        (pull_id, entity),
    )


def told(browser: Browser, *words: str) -> tuple[str, str]:
    """Return what page and command tell."""
    command = CliRunner().invoke(app, ["residency", *words])
    assert command.exit_code == 0, command.output
    return browser.open("/transfers").text, command.stdout


@pytest.mark.parametrize("words", ["transfers", "misplaced"])
def test_as_of_when_consents_were_read_is_told(warehouse: Connection, browser: Browser, words: str) -> None:
    erasure.plan(warehouse, NIGHT)
    for text in told(browser, words):
        assert "Consents were read: those of CRM never yet." in text
        assert "not known here" not in text
    pulled(warehouse, "crm", NIGHT - DAY)
    pulled(warehouse, "billing", NIGHT - DAY, entity="invoice")
    for text in told(browser, words):
        assert f"Consents were read: those of CRM as of {NIGHT - DAY}." in text
        assert "not known here" not in text
    # A pull that was not merged has confirmed nothing; nor has one that brought no consents.
    pulled(warehouse, "crm", NIGHT, "checked")
    pulled(warehouse, "crm", NIGHT, entity="person")
    for text in told(browser, words):
        assert f"Consents were read: those of CRM as of {NIGHT - DAY}." in text
        assert (
            f"The consents of CRM are those of {NIGHT - DAY}, and the newest night pulled is {NIGHT}: "
            "what was withdrawn there since is not known here." in text
        )
    pulled(warehouse, "crm", NIGHT)
    for text in told(browser, words):
        assert f"Consents were read: those of CRM as of {NIGHT}." in text
        assert "not known here" not in text


def test_the_consents_of_a_source_that_is_gone_are_held_all_the_same(warehouse: Connection, browser: Browser) -> None:
    pulled(warehouse, "crm", NIGHT)
    pulled(warehouse, "formercrm", NIGHT - DAY)
    for text in told(browser, "misplaced"):
        assert "The consents of formercrm are those of 2026-10-31" in text
    found = json.loads(CliRunner().invoke(app, ["residency", "misplaced", "--json"]).stdout)
    assert found["consents"] == [
        {"source": "crm", "as_of": str(NIGHT), "behind": False},
        {"source": "formercrm", "as_of": str(NIGHT - DAY), "behind": True},
    ]
