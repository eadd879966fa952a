"""The truth of who is who in the demo, and how near the register comes to it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg

from rekisteri.demo import billing, crm, service_desk
from rekisteri.demo.customers import Customer
from rekisteri.demo.manifest import Manifest
from rekisteri.demo.rows import Rows, columns
from rekisteri.statements import load

Record = tuple[str, str, str]
"""Source, entity, key."""


def same(everybody: Iterable[Customer], in_crm: Rows) -> list[list[str]]:
    """Return the records of each company and person that has two or more, each as "source entity key".

    Args:
        everybody: all customers.
        in_crm: the CRM's rows; its leads are people, some of them customers' contacts.
    """
    about: dict[tuple[str, int], set[Record]] = {}
    people: dict[str, int] = {}
    for one in everybody:
        who = ("company", one.index) if one.company else ("person", one.contacts[0].index)
        records: set[Record] = {("billing", "customer", billing.key(one)), ("crm", "customer", str(crm.key(one)))}
        about.setdefault(who, set()).update(records)
        if one.at_desk:
            about[who].add(("service_desk", "customer", service_desk.key(one)))
        for contact in one.contacts:
            people[contact.phone] = contact.index
            known = about.setdefault(("person", contact.index), set())
            known.add(("crm", "person", str(crm.person_key(contact))))
            if one.at_desk:
                known.add(("service_desk", "person", service_desk.person_key(contact)))
    lead, phone = (columns("crm", "leads").index(name) for name in ("id", "phone"))
    for row in in_crm.tables["leads"]:
        # Nobody else has a person's phone number.
        if row[phone] in people:
            about["person", people[row[phone]]].add(("crm", "prospect", str(row[lead])))
    return [sorted(" ".join(record) for record in records) for records in about.values() if len(records) > 1]


class Judgement(NamedTuple):
    """How near the register's subjects come to the truth, in pairs of records."""

    joined: int
    """Pairs that are one subject in the register."""
    right: int
    """Of these, pairs that are one in truth."""
    true: int
    """Pairs of records in the register that are one in truth."""

    @property
    def precision(self) -> float:
        """The part of the joined pairs that is right."""
        return self.right / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """The part of the true pairs that is joined."""
        return self.right / self.true if self.true else 1.0


def judge(conn: psycopg.Connection[Any], manifest: Manifest, kind: str | None = None) -> Judgement:
    """Compare the register's subjects with the truth.

    Args:
        conn: a connection to the warehouse that may read the subject links.
        manifest: of the demo that was pulled.
        kind: company or person; both where left out.
    """
    truth = {record: n for n, records in enumerate(manifest.same) for record in records}
    links = conn.execute(load("demo/links"), {"kind": kind}).fetchall()
    # A record in no group of the truth is one of a kind.
    told = [(subject_id, truth.get(record, record)) for record, subject_id in links]
    return Judgement(
        _pairs(Counter(subject_id for subject_id, _ in told)),
        _pairs(Counter(told)),
        _pairs(Counter(who for _, who in told)),
    )


def _pairs(records: "Counter[Any]") -> int:
    return sum(n * (n - 1) // 2 for n in records.values())
