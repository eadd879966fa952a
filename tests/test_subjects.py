"""Who is who: tied when explained, apart when in doubt, and the same again on unchanged data."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from rekisteri import erasure, pseudonyms, subjects
from tests.register_rows import NIGHT, add, add_contact, add_customer

Connection = psycopg.Connection[Any]
Y1, Y2 = "2108420-7", "0112038-9"


def _links(conn: Connection) -> dict[str, tuple[UUID, str]]:
    return {
        f"{row[0]}.{row[1]}": (row[2], row[3])
        for row in conn.execute("select source, source_key, subject_id, rule from register.subject_link")
    }


def _reviews(conn: Connection) -> set[tuple[str, str]]:
    return set(conn.execute("select source_key, rule from register.subject_review").fetchall())


def test_a_company_is_its_y_tunnus_across_sources(warehouse: Connection) -> None:
    add(warehouse, "customer", "1", "crm", name="Koivu Oy", y_tunnus=Y1)
    add(warehouse, "customer", "1", "billing", name="KOIVU OY AB", y_tunnus=Y1)
    add(warehouse, "customer", "2", "crm", name="Koivu Oy", y_tunnus=Y2)
    add(warehouse, "customer", "3", "crm", name="Koivu Oy")
    counts = subjects.link(warehouse, NIGHT)
    links = _links(warehouse)
    assert links["crm.1"] == links["billing.1"]
    assert links["crm.1"][1] == "y_tunnus"
    assert len({subject for subject, _ in links.values()}) == 3
    assert {name: counts[name] for name in ("companies", "persons", "y_tunnus", "alone")} == {
        "companies": 3, "persons": 0, "y_tunnus": 2, "alone": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Matti Virtanen", "Virtanen, Matti"),
        ("Åsa Öhman-Lindén", "ohman linden asa"),
        ("MATTI  VIRTANEN", "matti virtanen"),
        ("Seán O’Brien", "Sean O'Brien"),
    ],
)
def test_a_person_is_an_address_with_a_name_that_agrees(warehouse: Connection, one: str, other: str) -> None:
    add(warehouse, "person", "1", "crm", full_name=one, email="m@firma.example")
    add(warehouse, "person", "2", "service_desk", full_name=other, email="m@firma.example", phone="+358119000001")
    add(warehouse, "customer", "3", "billing", kind="person", name=one, phone="+358119000001")
    add(warehouse, "prospect", "4", "crm", full_name=other, phone="+358119000001", noted_on=NIGHT)
    subjects.link(warehouse, NIGHT)
    links = _links(warehouse)
    assert len({subject for subject, _ in links.values()}) == 1
    assert links["crm.1"][1] == "email+name"
    assert links["billing.3"][1] == "phone+name"


@pytest.mark.parametrize(
    ("one", "other"), [("Matti Virtanen", "Maija Virtanen"), ("Matti Virtanen", "Matti J Virtanen"), ("???", "!!!")]
)
def test_unlike_names_stay_apart_and_are_told(warehouse: Connection, one: str, other: str) -> None:
    add(warehouse, "person", "1", full_name=one, email="perhe@firma.example")
    add(warehouse, "person", "2", full_name=other, email="perhe@firma.example")
    subjects.link(warehouse, NIGHT)
    links = _links(warehouse)
    assert links["crm.1"][0] != links["crm.2"][0]
    if one != "???":
        assert _reviews(warehouse) == {("1", "email_unlike_names"), ("2", "email_unlike_names")}


@pytest.mark.parametrize("email", ["info@firma.example", "laskutus2@firma.example", "tuki+vika@firma.example"])
def test_a_shared_mailbox_ties_nobody(warehouse: Connection, email: str) -> None:
    add(warehouse, "person", "1", email=email)
    add(warehouse, "person", "2", email=email)
    subjects.link(warehouse, NIGHT)
    assert _links(warehouse)["crm.1"][0] != _links(warehouse)["crm.2"][0]
    assert _reviews(warehouse) == set()


def test_a_switchboard_ties_nobody(warehouse: Connection) -> None:
    for n in range(6):
        add(warehouse, "person", str(n), full_name="Matti Virtanen" if n < 2 else f"Nimi {n}", phone="+358119000009")
    subjects.link(warehouse, NIGHT)
    assert len({subject for subject, _ in _links(warehouse).values()}) == 6


def test_the_contacts_of_a_company_stay_themselves(warehouse: Connection) -> None:
    add_customer(warehouse, "A", None, y_tunnus=Y1, email="matti@firma.example")
    add_contact(warehouse, "1", "A", full_name="Matti Virtanen", email="matti@firma.example")
    add_contact(warehouse, "2", "A", full_name="Maija Virtanen", email="maija@firma.example")
    subjects.link(warehouse, NIGHT)
    assert len({subject for subject, _ in _links(warehouse).values()}) == 3


def test_contradictions_stay_apart(warehouse: Connection) -> None:
    add(warehouse, "customer", "1", kind="person", name="Matti Virtanen", email="m@x.example", y_tunnus=Y1)
    add(warehouse, "customer", "2", kind="person", name="Matti Virtanen", email="m@x.example", y_tunnus=Y2)
    for n in range(21):
        add(warehouse, "person", f"many{n}", full_name="Maija Koski", email="maija@x.example")
    counts = subjects.link(warehouse, NIGHT)
    assert counts["alone"] == 23
    assert ("1", "two_y_tunnus") in _reviews(warehouse)
    assert ("many0", "too_large") in _reviews(warehouse)
    assert counts["reviewed"] == 23


def test_long_chains_close(warehouse: Connection) -> None:
    for n in range(15):
        add(warehouse, "person", f"{n:02}", email=f"m{n // 2}@x.example", phone=f"+35811900{(n + 1) // 2:04}")
    subjects.link(warehouse, NIGHT)
    assert len({subject for subject, _ in _links(warehouse).values()}) == 1


def test_a_second_run_changes_nothing(warehouse: Connection) -> None:
    test_contradictions_stay_apart(warehouse)
    before = _links(warehouse)
    counts = subjects.link(warehouse, NIGHT)
    assert _links(warehouse) == before
    assert (counts["linked"], counts["unlinked"], counts["moved"]) == (0, 0, 0)


def test_ids_are_stable_through_merge_split_and_loss(warehouse: Connection) -> None:
    add(warehouse, "person", "1", email="m@x.example")
    subjects.link(warehouse, NIGHT)
    first = _links(warehouse)["crm.1"][0]
    add(warehouse, "person", "2", email="matti@x.example", phone="+358119000001")
    subjects.link(warehouse, NIGHT)
    second = _links(warehouse)["crm.2"][0]
    warehouse.execute("update register.person set phone = '+358119000001'")
    assert subjects.link(warehouse, NIGHT)["moved"] == 1
    assert {subject for subject, _ in _links(warehouse).values()} == {first}
    warehouse.execute("update register.person set phone = null where source_key = '2'")
    subjects.link(warehouse, NIGHT)
    links = _links(warehouse)
    assert links["crm.1"][0] == first
    assert links["crm.2"][0] not in (first, second)
    warehouse.execute("delete from register.person where source_key = '1'")
    assert subjects.link(warehouse, NIGHT)["unlinked"] == 1
    remaining = warehouse.execute("select subject_id from register.subject").fetchall()
    assert remaining == [(links["crm.2"][0],)]


def test_a_join_voids_the_open_plans_it_touches(warehouse: Connection) -> None:
    add(warehouse, "prospect", "1", noted_on=NIGHT.replace(year=2020), email="m@x.example")
    add(warehouse, "person", "2", email="matti@x.example")
    plan = erasure.plan(warehouse, NIGHT)
    erasure.approve(warehouse, plan.checksum, "dpo1")
    assert subjects.link(warehouse, NIGHT)["plans_voided"] == 0
    warehouse.execute("update register.person set email = 'm@x.example'")
    assert subjects.link(warehouse, NIGHT)["plans_voided"] == 1
    assert erasure.approved(warehouse) == []


def test_undone_when_a_source_corrects_itself(warehouse: Connection, home: Path) -> None:
    """Two are one by a wrong address; the source corrects it, errs again, and the greater part keeps the id."""
    add(warehouse, "person", "1", "crm", email="m@x.example", phone="+358119000001")
    add(warehouse, "person", "2", "service_desk", email="m@x.example", phone="+358119000001")
    add(warehouse, "person", "3", "billing", email="m@x.example")
    subjects.link(warehouse, NIGHT)
    assert pseudonyms.assign(warehouse) == 1
    one = _links(warehouse)["crm.1"][0]
    warehouse.execute("update register.person set email = 'other@x.example' where source = 'billing'")
    assert subjects.link(warehouse, NIGHT)["moved"] == 1
    links = _links(warehouse)
    assert links["crm.1"] == links["service_desk.2"] == (one, "email+name")
    other = links["billing.3"][0]
    assert links["billing.3"] == (other, "alone") != (one, "alone")
    assert pseudonyms.assign(warehouse) == 1
    warehouse.execute("update register.person set email = 'm@x.example' where source = 'billing'")
    assert subjects.link(warehouse, NIGHT)["moved"] == 1
    assert {subject for subject, _ in _links(warehouse).values()} == {one}
    held = warehouse.execute("select subject_id from vault.pseudonym").fetchall()
    assert held == [(one,)]
    warehouse.execute("update register.person set email = null, phone = null where source <> 'billing'")
    subjects.link(warehouse, NIGHT)
    links = _links(warehouse)
    assert len({subject for subject, _ in links.values()}) == 3
    assert one in {subject for subject, _ in links.values()}


def test_a_component_falls_apart_when_what_held_it_together_is_gone(warehouse: Connection) -> None:
    add(warehouse, "person", "1", email="m@x.example")
    add(warehouse, "person", "2", email="m@x.example", phone="+358119000001")
    add(warehouse, "person", "3", phone="+358119000001")
    subjects.link(warehouse, NIGHT)
    one = _links(warehouse)["crm.1"][0]
    warehouse.execute("delete from register.person where source_key = '2'")
    counts = subjects.link(warehouse, NIGHT)
    assert (counts["unlinked"], counts["moved"]) == (1, 1)
    links = _links(warehouse)
    assert links.keys() == {"crm.1", "crm.3"}
    assert links["crm.1"] == (one, "alone")
    assert links["crm.3"][0] != one


def test_an_erasure_looks_again_at_who_was_tied_to_what_went(warehouse: Connection) -> None:
    add(warehouse, "prospect", "2", noted_on=NIGHT.replace(year=2020), email="m@x.example", phone="+358119000001")
    add_customer(warehouse, "A", None)
    add_contact(warehouse, "1", "A", email="m@x.example")
    add_contact(warehouse, "3", "A", phone="+358119000001")
    plan = erasure.plan(warehouse, NIGHT)
    assert len({subject for key, (subject, _) in _links(warehouse).items() if key != "crm.A"}) == 1
    erasure.approve(warehouse, plan.checksum, "dpo1")
    assert erasure.erase(warehouse, plan.checksum, NIGHT).erased == {"prospect": 1}
    links = _links(warehouse)
    assert links["crm.1"][0] != links["crm.3"][0]
    assert "crm.2" not in links
    assert erasure.verify(warehouse, plan.checksum)["erased"] == 1
    assert not any(subjects.link(warehouse, NIGHT).values())
