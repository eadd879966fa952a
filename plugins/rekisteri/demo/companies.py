"""Made-up companies: the same index is the same company in every source."""

import random
from dataclasses import dataclass

from rekisteri.demo import identifiers
from rekisteri.demo.people import slug
from rekisteri.demo.words import words

PHONES_OF_COMPANIES = 8_000_000
"""Where the phone numbers of switchboards begin; those of people are below."""


@dataclass(frozen=True)
class Company:
    """A made-up company."""

    index: int
    name: str
    y_tunnus: str
    """In full, ``1234567-8``."""
    old: bool
    """Whether its Y-tunnus is of the old six-digit form."""
    domain: str
    phone: str
    """The switchboard, E.164."""

    @property
    def shared_mailbox(self) -> str:
        """A mailbox that several people read."""
        return f"info@{self.domain}"

    @property
    def billing_mailbox(self) -> str:
        """The mailbox for invoices."""
        return f"laskutus@{self.domain}"

    @property
    def vat(self) -> str:
        """The Y-tunnus as VAT number."""
        return "FI" + self.y_tunnus.replace("-", "")

    @property
    def y_tunnus_short(self) -> str:
        """The Y-tunnus as it was written before 2001: six digits and the check digit."""
        return self.y_tunnus[1:]


def company(seed: int, index: int) -> Company:
    """Return the company with this index.

    Args:
        seed: of the whole demo.
        index: which company, 0 to 999,999.
    """
    rng = random.Random(f"{seed}/company/{index}")  # noqa: S311 - made-up data, not secrets
    parts = words("names")
    own = rng.choice(parts["surname_heads"]) + rng.choice(parts["surname_tails"])
    head = own if rng.random() < 0.8 else rng.choice(parts["company_heads"])
    stem = f"{head} {rng.choice(parts['company_trades'])}"
    name = f"{stem} {rng.choice(parts['company_forms'])}"
    if index % 200 == 15:
        name = parts["company_odd"][index // 200 % len(parts["company_odd"])]
    old = index % 25 == 4 and index < 45_000
    return Company(
        index,
        name,
        identifiers.y_tunnus(index, old),
        old,
        f"{slug(stem.replace(' ', '-'))}-{index}.example",
        identifiers.phone(PHONES_OF_COMPANIES + index),
    )
