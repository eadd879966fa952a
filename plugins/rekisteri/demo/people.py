"""Made-up people: the same index is the same person in every source, spelled as each source spells."""

import random
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from rekisteri.demo import identifiers
from rekisteri.demo.words import words

LEADS_BEGIN = 7_900_000
"""Where the indices of people begin who are nobody's contact, only prospects."""


@dataclass(frozen=True)
class Person:
    """A made-up person."""

    index: int
    first: str
    last: str
    email: str
    phone: str
    """E.164."""
    born: date
    hetu: str

    @property
    def name(self) -> str:
        """The name as the CRM has it: ``Anna-Liisa Kuusikallio``."""
        return f"{self.first} {self.last}"

    @property
    def name_reversed(self) -> str:
        """The name as billing has it: ``Kuusikallio, Anna-Liisa``."""
        return f"{self.last}, {self.first}"

    @property
    def name_plain(self) -> str:
        """The name without marks on its letters: ``Paivi Makela``."""
        return plain(self.name)

    @property
    def login(self) -> str:
        """The user id at the Service Desk; it tells the name, as real ones do."""
        return f"{slug(self.last)[:10]}{slug(self.first)[:2]}{self.index}"


def plain(text: str) -> str:
    """Return a text with å, ä, ö as a, a, o."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def slug(text: str) -> str:
    """Return the letters and digits of a text in lower case, as in a mail address."""
    return "".join(c for c in plain(text).casefold() if c.isascii() and (c.isalnum() or c == "-")).strip("-")


@cache
def _parts() -> tuple[list[str], list[str], list[str], list[str]]:
    names = words("names")
    return names["first"], names["surname_heads"], names["surname_tails"], names["surnames_apart"]


def _surname(rng: random.Random) -> str:
    _, heads, tails, apart = _parts()
    kind = rng.random()
    one = rng.choice(heads) + rng.choice(tails)
    if kind < 0.55:
        return one
    if kind < 0.85:
        return f"{one}-{rng.choice(heads)}{rng.choice(tails)}"
    return rng.choice(apart) if kind < 0.9 else f"{rng.choice(apart)}-{one}"


def person(seed: int, index: int, domain: str | None = None) -> Person:
    """Return the person with this index.

    Args:
        seed: of the whole demo.
        index: which person, 0 to 8,999,999.
        domain: mail domain of the employer; an example domain of the public where None.
    """
    rng = random.Random(f"{seed}/person/{index}")  # noqa: S311 - made-up data, not secrets
    first, last = rng.choice(_parts()[0]), _surname(rng)
    born = date(1945, 1, 1) + timedelta(days=rng.randrange(58 * 365))
    own = domain or f"example.{rng.choice(('com', 'org', 'net'))}"
    number = "" if domain else str(index)
    return Person(
        index,
        first,
        last,
        f"{slug(first)}.{slug(last)}{number}@{own}",
        identifiers.phone(index),
        born,
        identifiers.hetu(born, index),
    )


def lookalike(of: Person, own: Person) -> Person:
    """Return a person with the name of one and everything else of the other: alike, but two."""
    email = f"{slug(of.first)}.{slug(of.last)}.{own.index}@{own.email.partition('@')[2]}"
    return replace(own, first=of.first, last=of.last, email=email)
