"""The Service Desk's tickets: what was written in them, and recordings whose media lie in an object store."""

import random
from datetime import date, datetime, time, timedelta

from rekisteri.demo import texts
from rekisteri.demo.customers import Customer
from rekisteri.demo.people import slug
from rekisteri.demo.rows import Rows
from rekisteri.demo.words import words

_QUEUES = {
    "ACC": "access",
    "HW": "hardware",
    "NET": "network",
    "SW": "software",
    "INV": "billing",
    "MISC": "other",
}
BUCKET = "service-desk-recordings"
_REGIONS = (("aws", "eu-north-1"), ("aws", "eu-north-1a"), ("upcloud", "fi-hel1"))


def tickets(customer: Customer, client: str, requesters: list[str], rng: random.Random, as_of: date, out: Rows) -> None:
    """Add one customer's tickets with their messages and recordings.

    Args:
        customer: whose.
        client: the client id.
        requesters: requester id of each contact.
        rng: the customer's source of chance.
        as_of: the demo's frozen date.
        out: where the rows go.
    """
    waits = customer.stage == "ended_case_open"
    hetu = customer.index % 25 == 0  # and the title of each fourth of these, too
    count = 3 if customer.rich else rng.choice((0, 1, 1, 2))
    for n in range(max(count, 1) if waits or hetu else count):
        who = rng.randrange(len(requesters))
        opened, closed = _span(customer, n, rng, as_of)
        number = f"T-{opened.year}-{out.next('case'):07d}"
        _ticket(customer, (number, client, requesters[who]), n, who, (opened, closed), rng, out)
        for m in range(2 if customer.rich else rng.choice((1, 2, 2, 3))):
            sent = min(opened + timedelta(minutes=30 + 50 * m), closed or opened + timedelta(hours=8))
            _message(customer, (number, requesters[who]), who, sent, hetu and n == m == 0, rng, out)
        if customer.rich or rng.random() < 0.13:
            _recording(customer, (number, requesters[who]), who, opened, rng, out)


def _span(customer: Customer, n: int, rng: random.Random, as_of: date) -> tuple[datetime, datetime | None]:
    moment = time(rng.randint(8, 15), rng.randint(0, 59), rng.randint(0, 59))
    if customer.ended:
        last = customer.ended - timedelta(days=1)
        first = max(customer.started, last - timedelta(days=600))
        opened = datetime.combine(first + timedelta(days=rng.randint(0, (last - first).days)), moment)
        return opened, None if customer.stage == "ended_case_open" and n == 0 else opened + timedelta(hours=3)
    # Recordings go six months after the call, or thirty days after the case closed: have some on either side.
    age = rng.choice((rng.randint(2, 25), rng.randint(40, 150), rng.randint(200, 600)))
    age = (5, 90, 250)[n % 3] if customer.rich else age
    opened = datetime.combine(max(customer.started, as_of - timedelta(days=age)), moment)
    still_open = rng.random() < (0.4 if age < 30 else 0.05)
    return opened, None if still_open else opened + timedelta(hours=rng.randint(1, 7))


def _text(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%d %H:%M:%S") if value else None


def _ticket(
    customer: Customer,
    keys: tuple[str, str, str],
    n: int,
    who: int,
    span: tuple[datetime, datetime | None],
    rng: random.Random,
    out: Rows,
) -> None:
    queue = rng.choice(list(_QUEUES))
    hetus = 1 if customer.index % 100 == 50 and n == 0 else 0
    person = customer.contacts[who]
    subject = (
        texts.with_hetu(person, customer.index // 100, out.planted)
        if hetus
        else texts.filled(rng.choice(words("texts")["titles"][_QUEUES[queue]]), customer, person, rng, out.planted)
    )
    out.one(
        "case",
        keys[0],
        "tickets",
        donor=customer.plain,
        hetus=hetus,
        ticket_no=keys[0],
        client_id=keys[1],
        requester_id=keys[2],
        opened=_text(span[0]),
        closed=_text(span[1]),
        queue=queue,
        priority=rng.choice(("P1", "P2", "P3", "P3", "P4")),
        subject=subject,
    )


def _message(
    customer: Customer,
    keys: tuple[str, str],
    who: int,
    sent: datetime,
    hetu: bool,
    rng: random.Random,
    out: Rows,
) -> None:
    number, person, edges = out.next("message"), customer.contacts[who], texts.edge_texts()
    ours = rng.random() < 0.3
    # Every fourth message is an odd one, until each odd text is there.
    odd = not hetu and number % 4 == 0 and out.serial["odd text"] < len(edges)
    if hetu:
        body = texts.with_hetu(person, customer.index // 25, out.planted)
    elif odd:
        body = edges[out.next("odd text") - 1]
    else:
        body = texts.filled(rng.choice(words("texts")["messages"]), customer, person, rng, out.planted)
    out.one(
        "message",
        f"M-{number}",
        "threads",
        donor=customer.plain and not odd,
        hetus=int(hetu),
        entry_id=f"M-{number}",
        ticket_no=keys[0],
        author_id=None if ours else keys[1],
        sent=_text(sent),
        via="internal" if ours else rng.choice(("mail", "mail", "webchat", "voice")),
        body=body,
    )


def _recording(
    customer: Customer, keys: tuple[str, str], who: int, opened: datetime, rng: random.Random, out: Rows
) -> None:
    number = out.next("recording")
    recorded = opened + timedelta(minutes=20)
    kind, suffix = ("voice", "wav") if rng.random() < 0.8 else ("screen", "mp4")
    # File names tell who called, as real ones do.
    file = out.planted.file(f"{slug(customer.contacts[who].last)}_{number:06d}.{suffix}")
    cloud, region = rng.choice(_REGIONS)
    out.one(
        "recording",
        f"R-{number}",
        "recordings",
        donor=customer.plain,
        recording_id=f"R-{number}",
        ticket_no=keys[0],
        requester_id=keys[1],
        recorded=_text(recorded),
        type=kind,
        bucket=BUCKET,
        object_key=f"{recorded:%Y/%m}/{file}",
        cloud=cloud,
        region=region,
        duration_s=str(rng.randint(20, 1_800)),
    )
