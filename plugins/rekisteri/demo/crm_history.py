"""The CRM's history of a customer: orders, activities, surveys, scores and leads."""

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rekisteri.demo import texts
from rekisteri.demo.customers import Customer
from rekisteri.demo.people import LEADS_BEGIN, Person, person
from rekisteri.demo.rows import Rows
from rekisteri.demo.words import words

_KINDS = {
    "CHG": "service_change",
    "CALL": "contact",
    "MEET": "contact",
    "QUOTE": "offer",
    "ORDER": "order",
    "AGRMT": "contract",
}


def history(customer: Customer, party: int, seed: int, as_of: date, out: Rows) -> None:
    """Add what happened with one customer.

    Args:
        customer: whose.
        party: the customer's party id.
        seed: of the whole demo.
        as_of: the demo's frozen date.
        out: where the rows go.
    """
    rng = customer.rng(seed, "history")
    if customer.stage != "new":
        _orders(customer, party, rng, as_of, out)
        _activities(customer, party, rng, as_of, out)
        _survey(customer, party, rng, as_of, out)
        _score(customer, party, rng, as_of, out)
    if customer.stage == "prospect_again" or customer.rich or rng.random() < 0.05:
        _lead(customer, seed, rng, as_of, out)


def _some_day(customer: Customer, rng: random.Random, as_of: date) -> date:
    last = customer.ended or as_of - timedelta(days=1)
    first = max(customer.started, last - timedelta(days=900))
    return first + timedelta(days=rng.randint(0, (last - first).days))


def _person_id(who: Person) -> int:
    return 2_000_000 + who.index


def _orders(customer: Customer, party: int, rng: random.Random, as_of: date, out: Rows) -> None:
    waits = customer.stage == "ended_order_open"
    for n in range(1 if waits or customer.rich else rng.choice((0, 1, 1, 2))):
        number = out.next("order")
        ordered = _some_day(customer, rng, as_of)
        fate = rng.random()
        delivered = min(ordered + timedelta(days=rng.randint(1, 30)), as_of)
        is_open = waits and n == 0
        out.one(
            "order",
            number,
            "orders",
            donor=customer.plain,
            id=number,
            customer_id=party,
            ordered_on=ordered,
            delivered_on=None if is_open or fate < 0.06 else delivered,
            cancelled_on=delivered if fate < 0.06 and not is_open else None,
            returned_on=min(delivered + timedelta(days=9), as_of) if fate > 0.96 and not is_open else None,
            total=f"{rng.randint(1_900, 900_000) / 100:.2f}",
        )


def _activities(customer: Customer, party: int, rng: random.Random, as_of: date, out: Rows) -> None:
    tells_hetu = customer.index % 40 == 20
    for n in range(2 if customer.rich or tells_hetu else rng.choice((0, 1, 1, 2, 2))):
        number = out.next("event")
        who = rng.choice(customer.contacts)
        code = rng.choice(list(_KINDS))
        hetus = 1 if tells_hetu and n == 0 else 0
        if hetus:
            summary = texts.with_hetu(who, customer.index // 40, out.planted)
        else:
            template = rng.choice(words("texts")["summaries"][_KINDS[code]])
            summary = texts.filled(template, customer, who, rng, out.planted)
        moment = time(rng.randint(8, 16), rng.randint(0, 59))
        happened = datetime.combine(_some_day(customer, rng, as_of), moment, ZoneInfo("Europe/Helsinki"))
        out.one(
            "event",
            number,
            "activities",
            donor=customer.plain,
            hetus=hetus,
            id=number,
            party_id=party,
            person_id=_person_id(who),
            occurred_at=happened,
            type_code=code,
            summary=summary,
        )


def _survey(customer: Customer, party: int, rng: random.Random, as_of: date, out: Rows) -> None:
    hetus = 1 if customer.index % 100 == 60 else 0
    if not (customer.rich or hetus or rng.random() < 0.25):
        return
    number = out.next("feedback")
    who = customer.contacts[0]
    comment = (
        texts.with_hetu(who, customer.index // 100, out.planted)
        if hetus
        else texts.filled(rng.choice(words("texts")["comments"]), customer, who, rng, out.planted)
    )
    out.one(
        "feedback",
        number,
        "surveys",
        donor=customer.plain,
        hetus=hetus,
        id=number,
        party_id=party,
        person_id=_person_id(who) if customer.rich or rng.random() < 0.7 else None,
        answered_on=_some_day(customer, rng, as_of),
        score=str(rng.randint(0, 10)),
        comment=comment,
    )


def _score(customer: Customer, party: int, rng: random.Random, as_of: date, out: Rows) -> None:
    if not (customer.rich or rng.random() < 0.5):
        return
    number = out.next("derived_profile")
    computed = min(customer.ended or as_of, as_of) - timedelta(days=rng.randint(0, 20))
    out.one(
        "derived_profile",
        number,
        "scores",
        donor=customer.plain,
        id=number,
        party_id=party,
        segment_code="D" if customer.ended else rng.choice("AABC"),
        computed_on=max(computed, customer.started),
        model_version="3.1",
    )


def _lead(customer: Customer, seed: int, rng: random.Random, as_of: date, out: Rows) -> None:
    """Note a prospect: the customer itself again, or else somebody who is no customer."""
    number = out.next("prospect")
    again = customer.stage == "prospect_again"
    company = customer.company
    who = customer.contacts[0] if again else person(seed, LEADS_BEGIN + number)
    out.one(
        "prospect",
        number,
        "leads",
        donor=customer.plain,
        id=number,
        company=company.name if company and again else None,
        business_id=company.y_tunnus if company and again else None,
        contact_name=out.planted.name(who.name),
        email=out.planted.email(who.email),
        phone=out.planted.phone(who.phone),
        ground_code="EXC" if again else rng.choice(("REQ", "PUB")),
        noted_on=as_of - timedelta(days=rng.randint(10, 200)),
        twitter=f"@lead{number}",
    )
