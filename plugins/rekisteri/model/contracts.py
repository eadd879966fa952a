"""Groups 6, 7, 11 and 12: the relationship, what was ordered and used, its history, feedback and what is derived."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Mapped

from rekisteri.model.datum import FREE_TEXT, datum
from rekisteri.model.record import Record

_RELATION = ("relationship", "services")


def _customer(group: int) -> Mapped[str]:
    return datum(
        "user.unique_id",
        groups=(group,),
        purposes=_RELATION,
        analysts="token",
        required=True,
        references="customer",
    )


class Contract(Record):
    """A contract with a customer."""

    __tablename__ = "contract"
    retention = "relationship"
    customer_key: Mapped[str] = _customer(6)
    contract_number: Mapped[str] = datum("user.account", groups=(6,), purposes=_RELATION, required=True)
    kind: Mapped[str] = datum(
        "user.account",
        groups=(6,),
        purposes=_RELATION,
        analysts="keep",
        format="code",
        required=True,
        values=("support", "cloud", "devices", "consulting"),
        personal=False,
    )
    started_on: Mapped[date] = datum(
        "user.account", groups=(6,), purposes=_RELATION, analysts="generalise", format="date", required=True
    )
    ended_on: Mapped[date | None] = datum(
        "user.account", groups=(6,), purposes=_RELATION, analysts="generalise", format="date", not_before="started_on"
    )


class Service(Record):
    """A service ordered under a contract, and where it is delivered from."""

    __tablename__ = "service"
    retention = "relationship"
    contract_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(6,),
        purposes=_RELATION,
        analysts="token",
        required=True,
        references="contract",
    )
    product: Mapped[str] = datum(
        "user.behavior.purchase_history", groups=(6,), purposes=_RELATION, analysts="keep", required=True
    )
    opened_on: Mapped[date] = datum(
        "user.account", groups=(6,), purposes=_RELATION, analysts="generalise", format="date", required=True
    )
    terminated_on: Mapped[date | None] = datum(
        "user.account",
        groups=(6,),
        purposes=_RELATION,
        analysts="generalise",
        format="date",
        not_before="opened_on",
        ends_with=("contract_key", "ended_on"),
    )
    provider: Mapped[str | None] = datum(
        "system.operations", groups=(6,), purposes=_RELATION, analysts="keep", personal=False
    )
    delivered_from: Mapped[str | None] = datum(
        "system.operations",
        groups=(6,),
        purposes=_RELATION,
        analysts="keep",
        format="location",
        provider_column="provider",
        personal=False,
    )


class Device(Record):
    """A device of a customer in our care: life cycle, security level, software version."""

    __tablename__ = "device"
    retention = "relationship"
    customer_key: Mapped[str] = _customer(6)
    model: Mapped[str] = datum(
        "user.device", groups=(6,), purposes=("lifecycle", "services"), analysts="keep", required=True
    )
    serial_number: Mapped[str | None] = datum("user.device.device_id", groups=(6,), purposes=("lifecycle", "services"))
    software_version: Mapped[str | None] = datum("user.device", groups=(6,), purposes=("lifecycle",), analysts="keep")
    security_level: Mapped[str | None] = datum(
        "user.device",
        groups=(6,),
        purposes=("lifecycle",),
        analysts="keep",
        format="code",
        values=("low", "normal", "high"),
    )
    in_use_from: Mapped[date | None] = datum(
        "user.device", groups=(6,), purposes=("lifecycle",), analysts="generalise", format="date"
    )
    in_use_until: Mapped[date | None] = datum(
        "user.device",
        groups=(6,),
        purposes=("lifecycle",),
        analysts="generalise",
        format="date",
        not_before="in_use_from",
    )
    provider: Mapped[str | None] = datum(
        "system.operations", groups=(6,), purposes=("lifecycle",), analysts="keep", personal=False
    )
    storage_region: Mapped[str | None] = datum(
        "system.operations",
        groups=(6,),
        purposes=("lifecycle",),
        analysts="keep",
        format="location",
        provider_column="provider",
        personal=False,
    )


class Order(Record):
    """An order, its delivery, cancellation or return."""

    __tablename__ = "order"
    retention = "relationship"
    customer_key: Mapped[str] = _customer(6)
    ordered_on: Mapped[date] = datum(
        "user.behavior.purchase_history",
        groups=(6,),
        purposes=_RELATION,
        analysts="generalise",
        format="date",
        required=True,
        happened=True,
    )
    delivered_on: Mapped[date | None] = datum(
        "user.behavior.purchase_history",
        groups=(6,),
        purposes=_RELATION,
        analysts="generalise",
        format="date",
        not_before="ordered_on",
    )
    cancelled_on: Mapped[date | None] = datum(
        "user.behavior.purchase_history",
        groups=(6,),
        purposes=_RELATION,
        analysts="generalise",
        format="date",
        happened=True,
        not_before="ordered_on",
    )
    returned_on: Mapped[date | None] = datum(
        "user.behavior.purchase_history",
        groups=(6,),
        purposes=_RELATION,
        analysts="generalise",
        format="date",
        happened=True,
        not_before="ordered_on",
    )
    value: Mapped[Decimal | None] = datum(
        "user.behavior.purchase_history",
        groups=(6,),
        purposes=_RELATION,
        analysts="generalise",
        format="money",
    )


class Event(Record):
    """Customer history: service changes, contacts, offers, orders, contracts."""

    __tablename__ = "event"
    retention = "relationship"
    customer_key: Mapped[str] = _customer(7)
    person_key: Mapped[str | None] = datum(
        "user.unique_id", groups=(7,), purposes=_RELATION, analysts="token", references="person"
    )
    happened_at: Mapped[datetime] = datum(
        "user.behavior",
        groups=(7,),
        purposes=_RELATION,
        analysts="generalise",
        format="timestamp",
        required=True,
        happened=True,
    )
    kind: Mapped[str] = datum(
        "user.behavior",
        groups=(7,),
        purposes=_RELATION,
        analysts="keep",
        format="code",
        required=True,
        values=("service_change", "contact", "offer", "order", "contract"),
    )
    summary: Mapped[str | None] = datum(
        "user.content.private", groups=(7,), purposes=_RELATION, analysts="drop", longest=FREE_TEXT
    )


class Feedback(Record):
    """What a person told us of a delivery, the service, sales or the company; used to develop operations only."""

    __tablename__ = "feedback"
    retention = "relationship"
    customer_key: Mapped[str] = _customer(11)
    person_key: Mapped[str | None] = datum(
        "user.unique_id",
        groups=(11,),
        purposes=("feedback",),
        basis="6(1)(a)",
        analysts="token",
        references="person",
    )
    given_on: Mapped[date] = datum(
        "user.content",
        groups=(11,),
        purposes=("feedback",),
        basis="6(1)(a)",
        format="date",
        required=True,
        analysts="generalise",
        happened=True,
    )
    score: Mapped[int | None] = datum(
        "user.content",
        groups=(11,),
        purposes=("feedback",),
        basis="6(1)(a)",
        format="integer",
        analysts="keep",
    )
    comment: Mapped[str | None] = datum(
        "user.content.private",
        groups=(11,),
        purposes=("feedback",),
        basis="6(1)(a)",
        analysts="drop",
        longest=FREE_TEXT,
    )


class DerivedProfile(Record):
    """What is derived from the register for its purpose; erased with its sources."""

    __tablename__ = "derived_profile"
    retention = "relationship"
    customer_key: Mapped[str] = _customer(12)
    segment: Mapped[str] = datum(
        "user.behavior",
        groups=(12,),
        purposes=("analysis", "offers"),
        basis="6(1)(f)",
        analysts="keep",
        format="code",
        required=True,
        values=("growing", "steady", "leaving", "lost"),
    )
    computed_on: Mapped[date] = datum(
        "user.behavior",
        groups=(12,),
        purposes=("analysis", "offers"),
        basis="6(1)(f)",
        analysts="generalise",
        format="date",
        required=True,
        happened=True,
    )
