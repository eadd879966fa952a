"""The register's model, which is the law: what may be held, what it is, why, for whom and for how long.

``ENTITIES`` lists the entities by name, parents before children; everything with the model's shape is derived
from it. ``pulled_columns(ENTITIES[e].__table__)`` says what an extract may select.
"""

from graphlib import TopologicalSorter

from sqlalchemy import Table

from rekisteri.errors import ModelError
from rekisteri.model.billing import BillingProfile, Collection, Invoice
from rekisteri.model.contracts import Contract, DerivedProfile, Device, Event, Feedback, Order, Service
from rekisteri.model.datum import MOST_KEY_BYTES, Datum, datum, said_of
from rekisteri.model.parties import (
    Address,
    ContactRole,
    Customer,
    MarketingPermission,
    Person,
    Prospect,
    TransferConsent,
    UserAccount,
)
from rekisteri.model.record import BOOKKEEPING, Base, Record, pulled_columns
from rekisteri.model.service_desk import Case, Message, Recording


def _parents_first() -> dict[str, Table]:
    tables = {str(m.local_table.name): m.local_table for m in Base.registry.mappers if isinstance(m.local_table, Table)}
    parents = {
        name: {said.references for said in pulled_columns(table).values() if said.references}
        for name, table in sorted(tables.items())
    }
    return {name: tables[name] for name in TopologicalSorter(parents).static_order()}


def check_ends(tables: dict[str, Table]) -> None:
    """Refuse a column that is to end with another entity's row, where that has no such date.

    Raises:
        ModelError: the entity that it refers to has no date column of that name.
    """
    for entity, table in tables.items():
        columns = pulled_columns(table)
        for name, said in columns.items():
            if said.ends_with:
                parent = str(columns[said.ends_with[0]].references)
                of = pulled_columns(tables[parent]).get(said.ends_with[1]) if parent in tables else None
                if of is None or of.format != "date":
                    raise ModelError(
                        f"column {entity}.{name}: ends_with must end with a date of {parent}, not {said.ends_with[1]!r}"
                    )


ENTITIES: dict[str, Table] = _parents_first()
"""Entity name to its table, parents before children."""
check_ends(ENTITIES)

__all__ = [
    "BOOKKEEPING",
    "ENTITIES",
    "MOST_KEY_BYTES",
    "Address",
    "Base",
    "BillingProfile",
    "Case",
    "Collection",
    "ContactRole",
    "Contract",
    "Customer",
    "Datum",
    "DerivedProfile",
    "Device",
    "Event",
    "Feedback",
    "Invoice",
    "MarketingPermission",
    "Message",
    "Order",
    "Person",
    "Prospect",
    "Record",
    "Recording",
    "Service",
    "TransferConsent",
    "UserAccount",
    "check_ends",
    "datum",
    "pulled_columns",
    "said_of",
]
