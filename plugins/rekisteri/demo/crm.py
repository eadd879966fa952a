"""The CRM: parties, normalised, in English; holds more of people than the register may."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rekisteri.demo import identifiers
from rekisteri.demo.crm_history import history
from rekisteri.demo.customers import Customer, reads_shared_mailbox
from rekisteri.demo.people import Person, slug
from rekisteri.demo.rows import Rows, Slots
from rekisteri.demo.words import words

_CLOUDS = (
    ("aws", "eu-north-1"),
    ("aws", "eu-west-1a"),  # a zone of a region
    ("azure", "North Europe"),
    ("azure", "swedencentral"),
    ("gcp", "europe-north1-b"),
    ("upcloud", "fi-hel1"),
    ("hetzner", "hel1"),
)
_COUNTRIES = ("FI", "FI", "FI", "Finland", "FIN", "fi")
_COUNTRIES_OF_CONSENT = ("JP", "Brazil", "AU", "IND")
"""No planted fault lies in one of these: a consent would let it in."""


def key(customer: Customer) -> int:
    """Return the customer's party id."""
    return person_key(customer.contacts[0]) if customer.is_person else 1_000_000 + customer.index


def person_key(who: Person) -> int:
    """Return a person's party id."""
    return 2_000_000 + who.index


def at(day: date, rng: random.Random) -> datetime:
    """Return a moment of that day, in office hours."""
    return datetime.combine(day, time(rng.randint(8, 16), rng.randint(0, 59)), ZoneInfo("Europe/Helsinki"))


def build(customer: Customer, seed: int, as_of: date, out: Rows, known: set[int]) -> None:
    """Add one customer's rows.

    Args:
        customer: whose.
        seed: of the whole demo.
        as_of: the demo's frozen date.
        out: where they go.
        known: indices of the people who are there already, through another customer; added to.
    """
    rng = customer.rng(seed, "crm")
    _party(customer, rng, out)
    for n, who in enumerate(customer.contacts):
        if who.index not in known:
            known.add(who.index)
            if not customer.is_person:
                _person(customer, who, rng, out)
            _permissions(customer, who, rng, as_of, out)
        _role(customer, who, n, rng, out)
    _addresses(customer, rng, out)
    _agreements(customer, rng, as_of, out)
    if customer.consents_to:
        _transfer(customer, customer.consents_to, out)
    history(customer, key(customer), seed, as_of, out)


def _people_row(who: Person, rng: random.Random, out: Rows) -> dict[str, Any]:
    out.planted.name(who.name)
    return {
        "party_id": person_key(who),
        "given_name": who.first,
        "family_name": who.last,
        "birth_date": who.born,
        "sex": rng.choice("MF"),
        "national_id": out.planted.hetu(who.hetu) if who.index % 5 == 0 else None,
        "linkedin_url": f"https://social.example/in/{slug(who.last)}-{who.index}",
        "last_login_ip": f"192.0.2.{rng.randint(1, 254)}",
    }


def _points(party: int, email: str, phone: str, out: Rows) -> Slots:
    def point(medium: str, value: str) -> tuple[str, dict[str, Any]]:
        return "contact_points", {"party_id": party, "medium": medium, "value": value, "preferred": True}

    return {
        "email": point("E", out.planted.email(email)),
        "phone": point("T", out.planted.phone(identifiers.spaced(phone))),
    }


def _party(customer: Customer, rng: random.Random, out: Rows) -> None:
    party, at_start = key(customer), datetime.combine(customer.started, time(9), ZoneInfo("Europe/Helsinki"))
    slots: Slots = {
        "party": (
            "parties",
            {"id": party, "kind": "P" if customer.is_person else "O", "created_at": at_start},
        ),
        "role": ("party_roles", {"party_id": party, "role_code": "customer", "since": customer.started}),
        **_points(party, customer.email, customer.phone, out),
    }
    if customer.company is None:
        slots["people"] = ("people", _people_row(customer.contacts[0], rng, out))
        out.records["person"] += 1  # the same rows are a person, too
    else:
        slots["organisation"] = (
            "organisations",
            {
                "party_id": party,
                "legal_name": out.planted.company(customer.name),
                "business_id": customer.company.y_tunnus,
                "website": f"https://www.{customer.company.domain}",
                "employees": rng.randint(1, 400),
                "founded_on": customer.started - timedelta(days=rng.randint(0, 3_000)),
            },
        )
    out.add("customer", party, slots, donor=customer.plain)


def _person(customer: Customer, who: Person, rng: random.Random, out: Rows) -> None:
    company, party = customer.company, person_key(who)
    email, phone = who.email, who.phone
    if company and reads_shared_mailbox(customer):
        email = company.shared_mailbox
    if company and rng.random() < 0.15:
        phone = company.phone
    slots: Slots = {
        "party": ("parties", {"id": party, "kind": "P"}),
        "people": ("people", _people_row(who, rng, out)),
        **_points(party, email, phone, out),
    }
    out.add("person", party, slots, donor=customer.plain)
    if rng.random() < 0.1:
        old = out.planted.email(f"old.{who.email}")
        out.row("contact_points", {"party_id": party, "medium": "E", "value": old, "preferred": False})


def _role(customer: Customer, who: Person, n: int, rng: random.Random, out: Rows) -> None:
    number = out.next("contact_role")
    out.one(
        "contact_role",
        number,
        "relationships",
        donor=customer.plain,
        id=number,
        person_id=person_key(who),
        customer_id=key(customer),
        role_code="CNT" if n == 0 else rng.choice(("BIL", "TEC", "DEC", "USR")),
        job_title=None if customer.is_person else rng.choice(words("names")["positions"]),
    )


def _permissions(customer: Customer, who: Person, rng: random.Random, as_of: date, out: Rows) -> None:
    given = customer.started + timedelta(days=rng.randint(0, 20) if customer.stage != "new" else 0)
    if customer.rich or rng.random() < 0.55:
        number = out.next("marketing_permission")
        granted = rng.random() < 0.7
        withdrawn = min(given + timedelta(days=200), as_of) if granted and rng.random() < 0.1 else None
        out.one(
            "marketing_permission",
            number,
            "consents",
            donor=customer.plain,
            id=number,
            person_id=person_key(who),
            channel_code=rng.choice(("EML", "SMS", "TEL", "MAIL")),
            granted="Y" if granted else "N",
            basis_code=("OPTIN" if customer.is_person else "CUST") if granted else "OBJ",
            given_on=given,
            withdrawn_on=withdrawn,
            given_from_ip=f"198.51.100.{rng.randint(1, 254)}",
        )
    if customer.rich or rng.random() < 0.03:
        number = out.next("transfer_consent")
        ends = given + timedelta(days=rng.choice((365, 3_650))) if rng.random() < 0.6 else None
        withdrawn_at = at(given + timedelta(days=5), rng) if rng.random() < 0.15 and ends else None
        out.one(
            "transfer_consent",
            number,
            "transfer_consents",
            donor=customer.plain,
            id=number,
            person_id=person_key(who),
            country=rng.choice(_COUNTRIES_OF_CONSENT),
            valid_from=given,
            valid_to=ends,
            withdrawn_at=withdrawn_at,
        )


def _transfer(customer: Customer, country: str, out: Rows) -> None:
    """Add a service in London, and each contact's consent to a country: the right one, or for a twin another."""
    for who in customer.contacts:
        number = out.next("transfer_consent")
        out.one(
            "transfer_consent",
            number,
            "transfer_consents",
            id=number,
            person_id=person_key(who),
            country=country,
            valid_from=customer.started,
        )
    line = out.next("service")
    out.one(
        "service",
        line,
        "agreement_lines",
        id=line,
        agreement_id=out.serial["contract"],
        product_name=words("texts")["products"][0],
        opened_on=customer.started,
        cloud="aws",
        region="eu-west-2",
    )
    out.abroad.append((country, str(line)))


def _addresses(customer: Customer, rng: random.Random, out: Rows) -> None:
    places = words("places")
    for usage in ("USE", "DLV") if customer.rich or rng.random() < 0.15 else ("USE",):
        number = out.next("address")
        code, town = rng.choice(places["towns"])
        out.one(
            "address",
            number,
            "addresses",
            donor=customer.plain,
            id=number,
            party_id=key(customer),
            usage_code=usage,
            line_1=f"{rng.choice(places['streets'])} {rng.randint(1, 90)} {rng.choice('ABC')} {rng.randint(1, 40)}",
            postcode=code,
            city=town,
            country="AX" if code.startswith("22") else rng.choice(_COUNTRIES),
        )


def _agreements(customer: Customer, rng: random.Random, as_of: date, out: Rows) -> None:
    spans = [(customer.started, customer.ended)]
    if not customer.ended and customer.stage != "new" and (customer.rich or rng.random() < 0.1):
        # A running relationship with an ended agreement in it.
        spans.append((customer.started, min(customer.started + timedelta(days=200), as_of)))
    for since, until in spans:
        agreement = out.next("contract")
        out.one(
            "contract",
            agreement,
            "agreements",
            donor=customer.plain,
            id=agreement,
            customer_id=key(customer),
            number=f"S-{since.year}-{agreement:06d}",
            type_code=rng.choice(("SUP", "CLD", "DEV", "CON")),
            starts_on=since,
            ends_on=until,
        )
        for _ in range(2 if customer.rich else rng.choice((1, 1, 2))):
            line = out.next("service")
            cloud, region = rng.choice(_CLOUDS) if rng.random() < 0.5 else (None, None)
            out.one(
                "service",
                line,
                "agreement_lines",
                donor=customer.plain,
                id=line,
                agreement_id=agreement,
                product_name=rng.choice(words("texts")["products"]),
                opened_on=since,
                closed_on=until,
                cloud=cloud,
                region=region,
            )
