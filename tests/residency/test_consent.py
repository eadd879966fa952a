"""Consent: each who is asked has consented to that country, in force that night; what does not pass is due."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from rekisteri import subjects
from rekisteri.model import ENTITIES
from rekisteri.residency import consents, misplaced
from tests.register_rows import NIGHT, add, add_contact, add_customer

Connection = psycopg.Connection[Any]
LONDON = {"provider": "aws", "storage_region": "eu-west-2"}
HELSINKI_MIDNIGHT = datetime(2026, 10, 31, 22, tzinfo=UTC)
"""When the night's date began."""


def _recording(conn: Connection, name: str, customer: str = "", **more: Any) -> str:
    """Add a recording in London of a case of a company's person; return the person's key."""
    who = f"p-{name}"
    if not customer:
        customer = add(conn, "customer", f"c-{name}")
    add(conn, "person", who, full_name=f"Henkilö {name}")
    add(conn, "case", f"case-{name}", customer_key=customer, person_key=more.pop("of", who))
    said = LONDON | {"recorded_at": datetime(2026, 10, 1, tzinfo=UTC), "media": f"{name}.wav"} | more
    add(conn, "recording", name, case_key=f"case-{name}", **said)
    return who


def _consent(conn: Connection, name: str, who: str, **more: Any) -> None:
    add(conn, "transfer_consent", f"t-{name}", **({"person_key": who, "country": "GB"} | more))


def _given(**more: Any) -> Callable[[Connection, str], None]:
    return lambda conn, name: _consent(conn, name, _recording(conn, name), **more)


def _another_persons(conn: Connection, name: str) -> None:
    _recording(conn, name)
    _consent(conn, name, add(conn, "person", f"other-{name}", full_name="Toinen Ihminen"))


def _two(first: dict[str, Any], second: dict[str, Any]) -> Callable[[Connection, str], None]:
    def build(conn: Connection, name: str) -> None:
        """One person, whom two records of consents name."""
        who = _recording(conn, name)
        _consent(conn, name, who, **first)
        _consent(conn, f"{name}2", who, **second)

    return build


def _no_elsewhere(conn: Connection, name: str) -> None:
    """The CRM has a yes, the Service Desk a no of one and the same person."""
    _other_source(linked=True)(conn, name)
    _consent(conn, f"desk-{name}", f"U-{name}", source="service_desk", **NO)


def _of_two(both: bool) -> Callable[[Connection, str], None]:
    def build(conn: Connection, name: str) -> None:
        """The recording names one person, its case another."""
        first = _recording(conn, name, person_key=add(conn, "person", f"q-{name}", full_name="Case Reporter"))
        _consent(conn, name, first)
        if both:
            _consent(conn, f"{name}2", f"q-{name}")

    return build


def _company_device(consenting: int) -> Callable[[Connection, str], None]:
    def build(conn: Connection, name: str) -> None:
        """A device names nobody: the two people of its company are asked."""
        customer = add(conn, "customer", f"c-{name}")
        add_contact(conn, f"a-{name}", customer, full_name=f"Aino {name}")
        add(conn, "person", f"b-{name}", full_name=f"Eino {name}")
        add(conn, "user_account", f"u-{name}", person_key=f"b-{name}", customer_key=customer)
        for who in ("a", "b")[:consenting]:
            _consent(conn, f"{who}{name}", f"{who}-{name}")
        add(conn, "device", name, customer_key=customer, model="x", **LONDON)

    return build


def _device_of_nobody(conn: Connection, name: str) -> None:
    add(conn, "device", name, customer_key=add(conn, "customer", f"c-{name}"), model="x", **LONDON)


def _private(linked: bool) -> Callable[[Connection, str], None]:
    def build(conn: Connection, name: str) -> None:
        """A private customer's service: their own person, the same by mail and name, consents."""
        mail = {"email": f"{name}@koti.example"} if linked else {}
        add_customer(conn, f"c-{name}", None, kind="person", name=f"Yksityinen {name}", email=f"{name}@koti.example")
        add(conn, "person", f"p-{name}", full_name=f"Yksityinen {name}", **mail)
        _consent(conn, name, f"p-{name}")
        conn.execute(
            "update register.service set provider = 'aws', delivered_from = 'eu-west-2' where source_key = %s",
            (f"c-{name}-s",),
        )
        conn.execute("update register.service set source_key = %s where source_key = %s", (name, f"c-{name}-s"))

    return build


def _other_source(linked: bool, country: str = "GB") -> Callable[[Connection, str], None]:
    def build(conn: Connection, name: str) -> None:
        """The recording's person is the Service Desk's, the consent the CRM's; one name, and one mail where linked."""
        mail = f"{name}@firma.example"
        desk = {"source": "service_desk"}
        add(conn, "customer", f"C-{name}", **desk)
        add(conn, "person", f"U-{name}", full_name=f"Sama {name}", email=mail, **desk)
        add(conn, "case", f"T-{name}", customer_key=f"C-{name}", person_key=f"U-{name}", **desk)
        add(conn, "recording", name, case_key=f"T-{name}", recorded_at=HELSINKI_MIDNIGHT, media="x", **desk, **LONDON)
        add(conn, "person", f"P-{name}", full_name=f"Sama {name}", email=mail if linked else f"toinen-{mail}")
        _consent(conn, name, f"P-{name}", country=country)

    return build


def _in_ohio(conn: Connection, name: str) -> None:
    _consent(conn, name, _recording(conn, name, storage_region="us-east-2"), country="US")


def _case_gone(conn: Connection, name: str) -> None:
    who = _recording(conn, name)
    _consent(conn, name, who)
    conn.execute("update register.recording set person_key = %s where source_key = %s", (who, name))
    conn.execute('delete from register."case" where source_key = %s', (f"case-{name}",))


def _elsewhere(**place: str) -> Callable[[Connection, str], None]:
    return lambda conn, name: _consent(conn, name, _recording(conn, name, **place))


DAY = timedelta(days=1)
MARCH = date(2026, 3, 2)
NO = {"valid_from": MARCH, "withdrawn_at": datetime(2026, 3, 2, 9, tzinfo=UTC)}
IN = {
    "in-force": _given(),
    "first-day": _given(valid_from=NIGHT),
    "last-day": _given(valid_to=NIGHT),
    "taken-back-later": _given(withdrawn_at=datetime(2999, 1, 1, tzinfo=UTC)),
    "given-again": _two(NO, {"valid_from": MARCH + DAY}),
    "no-to-another-country": _two({}, NO | {"country": "US"}),
    "given-and-to-be-taken-back": _two({}, NO | {"withdrawn_at": datetime(2999, 1, 1, tzinfo=UTC)}),
    "both-of-two": _of_two(both=True),
    "company-both": _company_device(2),
    "private": _private(linked=True),
    "linked": _other_source(linked=True),
    "ohio": _in_ohio,
    "inside": lambda conn, name: _recording(conn, name, provider="aws", storage_region="eu-north-1"),
}
OUT = {
    "none": lambda conn, name: _recording(conn, name),
    "other-country": _given(country="US"),
    "lapsed": _given(valid_to=NIGHT - DAY),
    "not-yet": _given(valid_from=NIGHT + DAY),
    "evening-before": _given(withdrawn_at=HELSINKI_MIDNIGHT - timedelta(hours=3)),
    "after-midnight": _given(withdrawn_at=HELSINKI_MIDNIGHT + timedelta(minutes=30)),
    "yes-and-no": _two({"valid_from": MARCH}, NO),
    "no-and-yes": _two(NO, {"valid_from": MARCH}),
    "yes-before-no": _two({"valid_from": MARCH - DAY}, NO),
    "no-late-that-day": _two({"valid_from": MARCH}, NO | {"withdrawn_at": datetime(2026, 3, 1, 22, 30, tzinfo=UTC)}),
    "no-vanished": _two({"valid_from": MARCH}, NO | {"vanished_pull": "00000000-0000-0000-0000-000000000009"}),
    "no-refused": _two({"valid_from": MARCH}, NO | {"kept_rule": "future:valid_to"}),
    "no-evidence-only": _two({"valid_from": MARCH}, NO | {"restricted_ground": "consent_evidence"}),
    "no-elsewhere": _no_elsewhere,
    "another-persons": _another_persons,
    "one-of-two": _of_two(both=False),
    "company-one": _company_device(1),
    "company-none-known": _device_of_nobody,
    "private-unlinked": _private(linked=False),
    "unlinked": _other_source(linked=False),
    "linked-other-country": _other_source(linked=True, country="US"),
    "consent-vanished": _given(vanished_pull="00000000-0000-0000-0000-000000000009"),
    "consent-refused": _given(kept_rule="format:withdrawn_at"),
    "consent-evidence-only": _given(restricted_ground="consent_evidence"),
    "case-gone": _case_gone,
    "unknown-region": _elsewhere(storage_region="mars-north-1"),
    "vague": _elsewhere(provider="gcp", storage_region="global"),
    "unknown-cloud": _elsewhere(provider="nimbus"),
    "undecided": _elsewhere(provider="", storage_region="SJ"),
}


def test_each_case_for_its_own_reason(warehouse: Connection) -> None:
    for name, build in (IN | OUT).items():
        build(warehouse, name)
    with warehouse.transaction():
        subjects.link(warehouse, NIGHT)
        misplaced.find(warehouse, NIGHT)
    found = dict(warehouse.execute("select source_key, country from register.misplaced").fetchall())
    assert sorted(found) == sorted(OUT)
    nameless = {"unknown-region", "vague", "unknown-cloud", "undecided"}
    assert {name for name, country in found.items() if country is None} == nameless
    assert {found[name] for name in OUT.keys() - nameless} == {"GB"}
    # A consent that comes, and a record that goes, take themselves off the list; the others keep their day.
    _consent(warehouse, "late", "p-none")
    warehouse.execute("delete from register.recording where source_key = 'vague'")
    with warehouse.transaction():
        misplaced.find(warehouse, NIGHT + DAY)
    left = dict(warehouse.execute("select source_key, found_on from register.misplaced").fetchall())
    # One consent had its last day, another has its first.
    still = OUT.keys() - {"none", "vague", "not-yet"}
    assert left == dict.fromkeys(still, NIGHT) | {"last-day": NIGHT + DAY}


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_entity_has_one_location_at_most(entity: str) -> None:
    assert consents.location(entity) is None or entity in ("device", "service", "recording")


def test_who_is_tied_to_a_company_is_told_by_what_does_nothing_else() -> None:
    assert set(consents.ties()) == {"contact_role", "user_account"}
