"""The demo's customers: who each is, in which stage of life, with which contacts, in every source alike."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from rekisteri.demo.companies import Company, company
from rekisteri.demo.people import Person, lookalike, person

#: Stage of life, its share in a hundred customers, and the days since the end of the relationship (latest, earliest).
STAGES: dict[str, tuple[int, tuple[int, int] | None]] = {
    "active": (70, None),
    "due": (4, (2_930, 3_800)),  # over eight years ago: no invoice is within its statutory years
    "ended_invoices_kept": (6, (200, 1_700)),
    "ended_unpaid": (3, (200, 900)),
    "held": (1, (2_930, 3_800)),
    "prospect_again": (2, (2_930, 3_300)),
    "ended_yesterday": (2, (1, 1)),
    "new": (5, None),
    "ended_recently": (4, (10, 80)),  # within the policy's 90 days
    "hold_expired": (1, (2_930, 3_800)),
    "ended_case_open": (1, (200, 900)),
    "ended_order_open": (1, (200, 900)),
}
#: Stages of customers whose every record is due for erasure.
DUE = frozenset({"due", "hold_expired"})


@dataclass(frozen=True)
class Customer:
    """One customer as all sources know it."""

    index: int
    stage: str
    company: Company | None
    """None for a natural person."""
    contacts: tuple[Person, ...]
    """The contact persons; the customer itself where it is a natural person."""
    started: date
    ended: date | None
    at_desk: bool
    """Whether the Service Desk knows the customer."""
    rich: bool
    """Has something of everything, so that even a demo of one customer does."""

    @property
    def is_person(self) -> bool:
        """Whether the customer is a natural person."""
        return self.company is None

    @property
    def plain(self) -> bool:
        """Whether a fault may be modelled on its records: nothing else is special about them."""
        return self.stage == "active" and self.company is not None and self.consents_to is None

    @property
    def consents_to(self) -> str | None:
        """Country of a company whose service is delivered from London, to which all its contacts consent."""
        if self.stage != "active" or self.company is None or self.index < 14 or shares_contact(self.index):
            return None
        return {3: "United Kingdom", 4: "US", 17: "United Kingdom"}.get(self.index % 25)

    @property
    def name(self) -> str:
        """The customer's name."""
        return self.company.name if self.company else self.contacts[0].name

    @property
    def email(self) -> str:
        """The customer's main mail address."""
        return self.company.shared_mailbox if self.company else self.contacts[0].email

    @property
    def phone(self) -> str:
        """The customer's main phone number, E.164."""
        return self.company.phone if self.company else self.contacts[0].phone

    def rng(self, seed: int, what: str) -> random.Random:
        """Return the customer's own source of chance for one thing, so that nothing else moves it."""
        return random.Random(f"{seed}/{what}/{self.index}")  # noqa: S311 - made-up data, not secrets


@cache
def _slots() -> tuple[str, ...]:
    """Return the stages of a hundred customers: each stage early, so that a small demo has all."""
    first = ["active", *STAGES]
    rest = [stage for stage, (share, _) in STAGES.items() for _ in range(share - first.count(stage))]
    random.Random(0).shuffle(rest)  # noqa: S311 - made-up data, not secrets
    return (*first, *rest)


def stage_of(index: int) -> str:
    """Return the stage of life of the customer with this index."""
    return _slots()[index % 100]


def shares_contact(index: int) -> bool:
    """Tell whether this customer shares a contact person with the customer before it."""
    before = stage_of(index - 1) if index else ""
    return index % 20 == 13 or (before in DUE and stage_of(index) == "active" and index // 100 % 2 == 0)


def reads_shared_mailbox(one: Customer) -> bool:
    """Tell whether all contacts of a company are reached by one mailbox, under their different names."""
    return one.index % 9 == 0 and len(one.contacts) > 1


def _is_person(seed: int, index: int) -> bool:
    # The first is a company, the second a person; then about one in eight.
    return index == 1 or (index > 1 and random.Random(f"{seed}/kind/{index}").random() < 0.12)  # noqa: S311


def _contacts(seed: int, index: int, of: Company | None, rng: random.Random) -> tuple[Person, ...]:
    if of is None:
        return (person(seed, index * 4),)
    count = 2 if index < 2 else rng.choices((1, 2, 3), (75, 18, 7))[0]
    people = [person(seed, index * 4 + n, of.domain) for n in range(count)]
    if index % 40 == 7:
        before = person(seed, (index - 1) * 4)
        people[0] = lookalike(before, people[0])
    if shares_contact(index) and not _is_person(seed, index - 1):
        before = person(seed, (index - 1) * 4, company(seed, index - 1).domain)
        # Only a person whom that customer has as such: a lookalike there is somebody else.
        people += [before] if (index - 1) % 40 != 7 else []
    return tuple(people)


def customer(seed: int, index: int, as_of: date) -> Customer:
    """Return the customer with this index.

    Args:
        seed: of the whole demo.
        index: which customer, 0 to 999,999.
        as_of: the demo's frozen date.
    """
    rng = random.Random(f"{seed}/customer/{index}")  # noqa: S311 - made-up data, not secrets
    stage = stage_of(index)
    of = None if _is_person(seed, index) else company(seed, index)
    since = STAGES[stage][1]
    ended = as_of - timedelta(days=rng.randint(*since)) if since else None
    age = rng.randint(2, 20) if stage == "new" else rng.randint(300, 2_500)
    started = (ended or as_of) - timedelta(days=age)
    at_desk = index < 14 or index % 25 == 0 or rng.random() < 0.7
    return Customer(index, stage, of, _contacts(seed, index, of, rng), started, ended, at_desk, index < 2)
