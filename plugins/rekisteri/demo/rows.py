"""What the generator makes: rows of foreign tables, the records they stand for, and what was planted in them."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rekisteri.statements import text

TABLES = {
    "billing": ("asiakas", "osoite", "laskutustapa", "lasku", "perinta"),
    "crm": (
        "parties",
        "organisations",
        "people",
        "party_roles",
        "contact_points",
        "relationships",
        "addresses",
        "agreements",
        "agreement_lines",
        "orders",
        "activities",
        "consents",
        "transfer_consents",
        "leads",
        "surveys",
        "scores",
    ),
    "service_desk": ("clients", "requesters", "accounts", "assets", "tickets", "threads", "recordings"),
}
SCHEMAS = {"billing": "laskutus", "crm": "crm", "service_desk": "desk"}
DONORS = 40
"""So many records of an entity are remembered as models of faulty ones."""

Slots = dict[str, tuple[str, dict[str, Any]]]
"""The rows that make one record: a name for each, its table, its values by column."""


@cache
def columns(source: str, table: str) -> tuple[str, ...]:
    """Return a foreign table's columns, as its DDL has them."""
    return tuple(re.findall(r"^    ([a-z_0-9]+) [a-z]", text(f"demo/{source}/table_{table}"), re.MULTILINE))


@dataclass
class Planted:
    """Personal values that were put into the sources, in every spelling; for the leak tests."""

    names: set[str] = field(default_factory=set)
    companies: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    hetus: set[str] = field(default_factory=set)
    logins: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    """Names of media files that tell a person's name."""
    faulty: set[str] = field(default_factory=set)

    def name(self, value: str) -> str:
        """Note a person's name and return it."""
        self.names.add(value)
        return value

    def company(self, value: str) -> str:
        """Note a company's name and return it."""
        self.companies.add(value)
        return value

    def email(self, value: str) -> str:
        """Note a mail address and return it."""
        self.emails.add(value)
        return value

    def phone(self, value: str) -> str:
        """Note a phone number and return it."""
        self.phones.add(value)
        return value

    def login(self, value: str) -> str:
        """Note a user id and return it."""
        self.logins.add(value)
        return value

    def file(self, value: str) -> str:
        """Note a file's name and return it."""
        self.files.add(value)
        return value

    def hetu(self, value: str) -> str:
        """Note a personal identity code and return it."""
        self.hetus.add(value)
        return value


class Rows:
    """One source's rows, as they grow."""

    def __init__(self, source: str, planted: Planted) -> None:
        """Begin without rows.

        Args:
            source: billing, crm or service_desk.
            planted: where personal values are noted.
        """
        self.source = source
        self.planted = planted
        self.tables: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES[source]}
        self.records: Counter[str] = Counter()
        self.hetus: Counter[str] = Counter()
        self.donors: dict[str, list[tuple[Any, Slots]]] = defaultdict(list)
        self.serial: Counter[str] = Counter()
        self.abroad: list[tuple[str, str]] = []
        """Services in London: the country that is consented to, and their keys."""

    def next(self, entity: str) -> int:
        """Return the next number in a series of its own for the entity, from 1."""
        self.serial[entity] += 1
        return self.serial[entity]

    def row(self, table: str, values: dict[str, Any]) -> None:
        """Add a row of a foreign table; columns that are not named are null."""
        self.tables[table].append(tuple(map(values.get, columns(self.source, table))))

    def add(self, entity: str, key: Any, slots: Slots, *, donor: bool = False, hetus: int = 0) -> None:
        """Add one record of an entity.

        Args:
            entity: the register's name of it.
            key: its key, as the foreign rows hold it.
            slots: the foreign rows that make it.
            donor: whether a faulty record may be modelled on it.
            hetus: how many personal identity codes its texts hold.
        """
        for table, values in slots.values():
            self.row(table, values)
        self.records[entity] += 1
        if hetus:
            self.hetus[entity] += hetus
        elif donor and len(self.donors[entity]) < DONORS:
            self.donors[entity].append((key, slots))

    def one(self, entity: str, key: Any, table: str, *, donor: bool = False, hetus: int = 0, **values: Any) -> None:
        """Add one record that a single foreign row makes; arguments as for :meth:`add`."""
        self.add(entity, key, {"row": (table, values)}, donor=donor, hetus=hetus)
