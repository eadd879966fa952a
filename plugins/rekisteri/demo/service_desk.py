"""The Service Desk: clients, requesters, accounts and assets; times are local texts without offset."""

import random
from datetime import date, timedelta

from rekisteri.demo import identifiers
from rekisteri.demo.customers import Customer, reads_shared_mailbox
from rekisteri.demo.people import Person
from rekisteri.demo.rows import Rows
from rekisteri.demo.tickets import tickets
from rekisteri.demo.words import words

_CLOUDS = (
    ("aws", "eu-north-1"),
    ("aws", "eu-central-1"),
    ("azure", "westeurope"),
    ("gcp", "europe-north1"),
    ("ovh", "GRA11"),
    ("upcloud", "fi-hel2"),
    ("scaleway", "fr-par"),
)


def key(customer: Customer) -> str:
    """Return the client id."""
    return f"C-{customer.index:06d}"


def person_key(who: Person) -> str:
    """Return the requester id."""
    return f"U-{who.index:07d}"


def build(customer: Customer, seed: int, as_of: date, out: Rows, known: set[int]) -> None:
    """Add one customer's rows, where the Service Desk knows the customer.

    Args:
        customer: whose.
        seed: of the whole demo.
        as_of: the demo's frozen date.
        out: where they go.
        known: indices of the people who are there already, through another customer; added to.
    """
    if not customer.at_desk:
        return
    rng = customer.rng(seed, "service_desk")
    _client(customer, rng, out)
    for n, who in enumerate(customer.contacts):
        if who.index not in known:
            known.add(who.index)
            _requester(customer, who, n, rng, out)
        _account(customer, who, rng, out)
    if customer.stage != "new":
        _assets(customer, rng, as_of, out)
        tickets(customer, key(customer), [person_key(who) for who in customer.contacts], rng, as_of, out)


def _client(customer: Customer, rng: random.Random, out: Rows) -> None:
    company = customer.company
    name = (
        out.planted.company(company.name.removesuffix(" Oy"))
        if company
        else out.planted.name(_spelled(customer.contacts[0], rng))
    )
    vat = None
    if company:
        vat = company.vat if rng.random() < 0.8 else company.y_tunnus
    out.one(
        "customer",
        key(customer),
        "clients",
        donor=customer.plain,
        client_id=key(customer),
        client_type="B2B" if company else "B2C",
        display_name=name,
        vat_id=vat,
        main_email=out.planted.email(customer.email) if rng.random() < 0.9 else None,
        main_phone=out.planted.phone(customer.phone),
        client_since=customer.started.isoformat(),
    )


def _spelled(who: Person, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.8:
        return who.name
    return f"{who.last} {who.first}" if chance < 0.9 else who.name_plain


def _requester(customer: Customer, who: Person, n: int, rng: random.Random, out: Rows) -> None:
    mail = who.email if rng.random() < 0.8 else who.email.title()
    if customer.company and reads_shared_mailbox(customer):
        mail = customer.company.shared_mailbox
    elif n and customer.index % 9 == 1:
        # The first contact's own mailbox under another name: the same address, yet not the same person.
        mail = customer.contacts[0].email
    out.one(
        "person",
        person_key(who),
        "requesters",
        donor=customer.plain,
        requester_id=person_key(who),
        display_name=out.planted.name(_spelled(who, rng)),
        mail=out.planted.email(mail),
        phone=out.planted.phone(identifiers.national(who.phone)) if rng.random() < 0.8 else None,
        password_hash=f"scrypt$demo${who.index:08x}",
        avatar_url=f"https://pictures.example/{who.index}.jpg",
        last_seen_ip=f"203.0.113.{rng.randint(1, 254)}",
    )


def _account(customer: Customer, who: Person, rng: random.Random, out: Rows) -> None:
    number = out.next("user_account")
    out.one(
        "user_account",
        f"A-{number}",
        "accounts",
        donor=customer.plain,
        account_id=f"A-{number}",
        requester_id=person_key(who),
        client_id=key(customer),
        login=out.planted.login(who.login),
        activated=(customer.started + timedelta(days=rng.randint(0, 2))).isoformat(),
        deactivated=customer.ended.isoformat() if customer.ended else None,
    )


def _assets(customer: Customer, rng: random.Random, as_of: date, out: Rows) -> None:
    for _ in range(2 if customer.rich else rng.choice((0, 1, 1, 2))):
        number = out.next("device")
        cloud, region = rng.choice(_CLOUDS) if customer.rich or rng.random() < 0.4 else (None, None)
        since = customer.started + timedelta(days=rng.randint(0, 100))
        gone = customer.ended or (min(since + timedelta(days=900), as_of) if rng.random() < 0.1 else None)
        out.one(
            "device",
            f"D-{number}",
            "assets",
            donor=customer.plain,
            asset_tag=f"D-{number}",
            client_id=key(customer),
            model=rng.choice(words("texts")["models"]),
            serial_no=f"SN{rng.randint(10**9, 10**10 - 1)}",
            os_version=f"{rng.randint(9, 14)}.{rng.randint(0, 9)}",
            security_score=rng.choice(("red", "amber", "green", "green")),
            in_use_from=since.isoformat(),
            in_use_until=max(gone, since).isoformat() if gone else None,
            cloud=cloud,
            region=region,
        )
