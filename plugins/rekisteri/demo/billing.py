"""The billing system: Finnish names, dates d.m.yyyy, sums 1 234,56, empty text where nothing is known."""

import random
from datetime import date, timedelta

from rekisteri.demo import identifiers, texts
from rekisteri.demo.customers import Customer
from rekisteri.demo.rows import Rows
from rekisteri.demo.words import words

_METHODS = ("VERKKOLASKU", "SAHKOPOSTI", "PAPERI", "SUORAMAKSU")


def key(customer: Customer) -> str:
    """Return the customer number in billing."""
    return str(100_000 + customer.index)


def day(value: date | None) -> str:
    """Return a date as billing writes it: ``1.2.2024``."""
    return f"{value.day}.{value.month}.{value.year}" if value else ""


def money(cents: int, no_break: bool = False) -> str:
    """Return a sum as billing writes it: ``1 234,56``.

    Args:
        cents: the sum.
        no_break: separate thousands by a no-break space, as the newer invoices do.
    """
    euros = f"{abs(cents) // 100:,}".replace(",", "\u00a0" if no_break else " ")
    return f"{'-' if cents < 0 else ''}{euros},{abs(cents) % 100:02d}"


def build(customer: Customer, seed: int, as_of: date, out: Rows) -> None:
    """Add one customer's rows.

    Args:
        customer: whose.
        seed: of the whole demo.
        as_of: the demo's frozen date.
        out: where they go.
    """
    rng = customer.rng(seed, "billing")
    _party(customer, rng, out)
    _address(customer, rng, out)
    _profile(customer, rng, out)
    if customer.stage != "new":
        _invoices(customer, rng, as_of, out)


def _y_tunnus(customer: Customer, rng: random.Random) -> str:
    if customer.company is None:
        return ""
    if customer.company.old:
        return customer.company.y_tunnus_short
    return customer.company.y_tunnus if rng.random() < 0.7 else customer.company.y_tunnus.replace("-", "")


def _party(customer: Customer, rng: random.Random, out: Rows) -> None:
    email = customer.email if rng.random() < 0.8 else customer.email.upper()
    name = (
        out.planted.name(customer.contacts[0].name_reversed)
        if customer.is_person
        else out.planted.company(customer.name.upper() if rng.random() < 0.3 else customer.name)
    )
    out.one(
        "customer",
        key(customer),
        "asiakas",
        donor=customer.plain,
        asiakasnro=key(customer),
        tyyppi="H" if customer.is_person else "Y",
        nimi=name,
        ytunnus=_y_tunnus(customer, rng),
        sahkoposti=out.planted.email(email) if customer.rich or rng.random() < 0.85 else "",
        puhelin=out.planted.phone(identifiers.national(customer.phone)),
        perustettu=day(customer.started - timedelta(days=rng.randint(0, 3_000))),
        luottoluokka=rng.choice(("A", "B", "C")),
    )


def _address(customer: Customer, rng: random.Random, out: Rows) -> None:
    places = words("places")
    code, town = rng.choice(places["towns"])
    street = f"{rng.choice(places['streets'])} {rng.randint(1, 90)}"
    hetus = 1 if customer.index % 200 == 3 else 0
    if hetus:
        street += " / " + texts.with_hetu(customer.contacts[0], customer.index // 200, out.planted)
    out.one(
        "address",
        f"O{key(customer)}",
        "osoite",
        donor=customer.plain,
        hetus=hetus,
        osoite_id=f"O{key(customer)}",
        asiakasnro=key(customer),
        laji="LASKU",
        katu=street,
        postinro=code,
        paikka=town,
        maa="Ahvenanmaa" if code.startswith("22") else "Suomi",
    )


def _profile(customer: Customer, rng: random.Random, out: Rows) -> None:
    who = customer.contacts[-1]
    # The bookkeeper's mailbox is everybody's: it makes nobody the same person.
    mailbox = customer.company.billing_mailbox if customer.company and rng.random() < 0.5 else who.email
    out.one(
        "billing_profile",
        f"T{key(customer)}",
        "laskutustapa",
        donor=customer.plain,
        tapa_id=f"T{key(customer)}",
        asiakasnro=key(customer),
        tapa=rng.choice(_METHODS),
        yhteyshenkilo=out.planted.name(who.name_reversed),
        sahkoposti=out.planted.email(mailbox),
        puhelin=out.planted.phone(identifiers.national(who.phone)),
        tilinumero=identifiers.iban(customer.index) if customer.rich or rng.random() < 0.6 else "",
        verkkolaskuosoite=f"0037{customer.index:08d}",
    )


def _invoices(customer: Customer, rng: random.Random, as_of: date, out: Rows) -> None:
    last = customer.ended or as_of - timedelta(days=3)
    first = max(customer.started, last - timedelta(days=700))
    count = 3 if customer.rich else rng.choices((1, 2, 3, 4), (35, 35, 20, 10))[0]
    issued = sorted(first + timedelta(days=rng.randint(0, (last - first).days)) for _ in range(count))
    for n, on in enumerate(issued):
        newest = n == count - 1
        due = on + timedelta(days=14)
        # An ended relationship has paid for everything; in a running one the newest may be open.
        unpaid = customer.stage == "ended_unpaid" if customer.ended else due >= as_of or rng.random() < 0.03
        is_open = newest and unpaid
        paid = None if is_open else min(on + timedelta(days=rng.randint(1, 20)), as_of)
        _invoice(customer, rng, out, (on, due, paid), plain=customer.plain and not is_open)
        if is_open and due < as_of:
            _collection(customer, rng, as_of, due, out)
        elif customer.rich or rng.random() < 0.02:
            closed = min(due + timedelta(days=30), as_of)
            _collection(customer, rng, as_of, min(due, as_of), out, closed)


def _invoice(
    customer: Customer,
    rng: random.Random,
    out: Rows,
    dates: tuple[date, date, date | None],
    plain: bool,
) -> None:
    number = 20_000_000 + out.next("invoice")
    credit = rng.random() < 0.05
    cents = rng.randint(1_990, 900_000) * (-1 if credit else 1)
    reference = identifiers.reference(number)
    groups = [reference[::-1][i : i + 5][::-1] for i in range(0, len(reference), 5)][::-1]
    out.one(
        "invoice",
        f"L{number}",
        "lasku",
        donor=plain,
        lasku_id=f"L{number}",
        asiakasnro=key(customer),
        laskunro=str(number),
        viite=identifiers.rf_reference(number) if rng.random() < 0.05 else " ".join(groups),
        laji="H" if credit else "L",
        laskupvm=day(dates[0]),
        erapvm=day(dates[1]),
        maksettu=day(dates[2]),
        summa=money(cents, rng.random() < 0.2),
        alv="25,5",
    )


def _collection(
    customer: Customer,
    rng: random.Random,
    as_of: date,
    due: date,
    out: Rows,
    closed: date | None = None,
) -> None:
    number = out.next("collection")
    invoice = f"L{20_000_000 + out.serial['invoice']}"
    interrupted = min(due + timedelta(days=rng.randint(1, 60)), closed or as_of)
    out.one(
        "collection",
        f"P{number}",
        "perinta",
        donor=customer.plain and closed is not None,
        perinta_id=f"P{number}",
        lasku_id=invoice,
        vaihe="PAATTYNYT" if closed else rng.choice(("MUISTUTUS", "MAKSUVAATIMUS", "TOIMISTO")),
        aloitettu=day(due),
        katkaistu=day(interrupted),
        tuomio="",
        paattynyt=day(closed),
    )
