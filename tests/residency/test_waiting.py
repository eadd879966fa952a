"""What waits for its place, counted by country or case; on the page and by command."""

import json
from typing import Any
from uuid import UUID, uuid4

import psycopg
from typer.testing import CliRunner

from rekisteri import inspection
from rekisteri.cli import app
from rekisteri.residency import waiting
from tests.pages.conftest import Browser, browser
from tests.register_rows import NIGHT
from tests.residency.conftest import Edit

__all__ = ["browser"]

Connection = psycopg.Connection[Any]
NOBODY_KNOWS = "Matti Virtanen, Mannerheimintie 1"


def wait(conn: Connection, entity: str, source: str = "service_desk", **row: str | None) -> None:
    """Put a row into quarantine for its place."""
    column = "delivered_from" if entity == "service" else "storage_region"
    key = str(uuid4())
    conn.execute(
        "insert into quarantine.row (source, entity, source_key, content_hash, digest, gate, rules, first_pull, "
        "last_pull, first_refused_on, expires_on, row) "
        "values (%s, %s, %s, 'x', 'd', 'residency', %s, %s, %s, %s, %s, %s)",
        (
            source,
            entity,
            key,
            [f"residency:{column}"],
            *[UUID(int=7)] * 2,
            NIGHT,
            NIGHT,
            json.dumps(row) if row else None,
        ),
    )


def some(conn: Connection) -> None:
    """Have rows wait in each case."""
    for _ in range(4):
        wait(conn, "recording", provider="aws", storage_region="us-east-1")
    for text in ("Europe", "global", NOBODY_KNOWS):
        wait(conn, "recording", storage_region=text)
    wait(conn, "recording", storage_region="Lontoo", provider=None)
    wait(conn, "recording", storage_region="GB")
    wait(conn, "recording", storage_region="x" * 5000)
    wait(conn, "recording", storage_region="FI")
    wait(conn, "recording")
    wait(conn, "service", "crm", delivered_from="US")


SAID = {
    "service_desk recording": "4 in the United States, 1 in the United Kingdom, 3 unknown, 2 too vague, 1 emptied, "
    "1 inside by now",
    "crm service": "1 in the United States",
}
"""A city is no listed place."""


def test_rows_are_counted_by_country_and_case(warehouse: Connection) -> None:
    with inspection.opened() as conn:
        assert waiting.read(conn, NIGHT) == []
    some(warehouse)
    with inspection.opened() as conn:
        found = waiting.read(conn, NIGHT)
    assert {f"{one.source} {one.entity}": one.said for one in found} == SAID
    assert sum(one.rows for one in found) == 13
    crm, desk = found
    assert crm.ask == "Ask the processor of source 'crm', Kundenbuch Beispiel GmbH."
    assert desk.ask is not None
    assert "declared of the object store of source 'service_desk', aws eu-north-1" in desk.ask
    assert desk.ask.endswith("ask its processor, Mediavarasto Esimerkki Oy.")


def test_what_a_person_rejected_waits_for_nothing(warehouse: Connection) -> None:
    some(warehouse)
    warehouse.execute(
        "insert into quarantine.decision select source, entity, source_key, digest, 'reject', '{x}', 'r', 'dpo', now() "
        "from quarantine.row where entity = 'service'"
    )
    with inspection.opened() as conn:
        assert [one.source for one in waiting.read(conn, NIGHT)] == ["service_desk"]


def test_a_store_that_is_outside_itself_is_not_contradicted(warehouse: Connection, edit: Edit) -> None:
    edit("places.yaml", "    location: eu-north-1", "    location: us-east-1")
    some(warehouse)
    with inspection.opened() as conn:
        asked = [one.ask or "" for one in waiting.read(conn, NIGHT)]
    assert all(one.startswith("Ask the processor of source") for one in asked)


def test_vague_places_contradict_nothing(warehouse: Connection) -> None:
    wait(warehouse, "recording", storage_region="Europe")
    with inspection.opened() as conn:
        assert [one.ask for one in waiting.read(conn, NIGHT)] == [None]


def test_the_page_and_the_command_tell_the_same(warehouse: Connection, browser: Browser) -> None:
    told = CliRunner().invoke(app, ["residency", "map"]).stdout
    assert "Rows that wait in quarantine for their place: none" in told
    some(warehouse)
    page = browser.open("/where")
    assert "13 rows wait in quarantine" in page.text
    command = CliRunner().invoke(app, ["residency", "map"])
    assert command.exit_code == 0
    for name, said in SAID.items():
        assert f"{name} : {said}." in page.text
        assert f"  {name}: {said}." in command.stdout
    for told in (page.html, command.stdout):
        assert "Virtanen" not in told
        assert "xxx" not in told
    rows = "/gates/rows?source=service_desk&entity=recording&rule=residency%3Astorage_region"
    assert [link.replace("%3A", ":") for link in page.links("entity=recording")] == [
        f"/rekisteri{rows}".replace("%3A", ":")
    ]
    # The array is of places as ever; the warehouse holds what waits.
    listed = json.loads(CliRunner().invoke(app, ["residency", "map", "--json"]).stdout)
    (held,) = [one for one in listed if "waiting" in one]
    assert held["what"] == "warehouse"
    assert {"what", "name", "inside", "line"} < set(held)
    assert held["waiting"][0] == {
        "source": "crm", "entity": "service", "rule": "residency:delivered_from", "case": "outside", "country": "US",
        "rows": 1,
    }  # fmt: skip
    assert sum(one["rows"] for one in held["waiting"]) == 13


def test_the_map_is_told_while_the_warehouse_is_down(warehouse: Connection, admin: Connection) -> None:
    admin.execute("alter role rekisteri_dpo connection limit 0")
    try:
        done = CliRunner().invoke(app, ["residency", "map"])
        assert done.exit_code == 0
        assert "How many rows wait in quarantine for their place could not be asked now" in done.stdout
        listed = json.loads(CliRunner().invoke(app, ["residency", "map", "--json"]).stdout)
        assert not [one for one in listed if "waiting" in one]
    finally:
        admin.execute("alter role rekisteri_dpo connection limit -1")
