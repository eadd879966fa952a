"""The register's model, which is the law: what may be held, what it is, why, for whom and for how long.

``ENTITIES`` lists the entities by name, parents before children; everything with the model's shape is derived
from it. ``pulled_columns(ENTITIES[e].__table__)`` says what an extract may select.
"""

from graphlib import TopologicalSorter

from sqlalchemy import Table

from rekisteri.model.billing import BillingProfile, Collection, Invoice
from rekisteri.model.contracts import Contract, DerivedProfile, Device, Event, Feedback, Order, Service
from rekisteri.model.datum import Datum, datum, said_of
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


ENTITIES: dict[str, Table] = _parents_first()
"""Entity name to its table, parents before children."""

__all__ = [
    "BOOKKEEPING",
    "ENTITIES",
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
    "datum",
    "pulled_columns",
    "said_of",
]
