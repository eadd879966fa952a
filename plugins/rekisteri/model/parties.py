"""Groups 1 to 5 and 8: who the data is about, how to reach them, what they allow; and prospects."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from rekisteri.model.datum import datum
from rekisteri.model.record import Record

_RELATION = ("relationship", "services")


class Customer(Record):
    """A company or a natural person with whom the controller has, or had, a customer relationship."""

    __tablename__ = "customer"
    retention = "relationship"
    kind: Mapped[str] = datum(
        "user",
        groups=(4,),
        purposes=_RELATION,
        analysts="keep",
        format="code",
        required=True,
        values=("company", "person"),
        personal=False,
    )
    name: Mapped[str] = datum("user.name", groups=(1, 4), purposes=_RELATION, format="name", required=True)
    y_tunnus: Mapped[str | None] = datum(
        "user.government_id", groups=(4,), purposes=_RELATION, format="y_tunnus", personal=False, named_by="name"
    )
    email: Mapped[str | None] = datum("user.contact.email", groups=(2,), purposes=_RELATION, format="email")
    phone: Mapped[str | None] = datum("user.contact.phone_number", groups=(3,), purposes=_RELATION, format="phone")
    registered_on: Mapped[date | None] = datum(
        "user.account",
        groups=(7,),
        purposes=_RELATION,
        analysts="generalise",
        format="date",
        personal=False,
        happened=True,
    )


class Person(Record):
    """A user of the services or a customer's contact person."""

    __tablename__ = "person"
    retention = "relationship"
    full_name: Mapped[str] = datum("user.name", groups=(1, 5), purposes=_RELATION, format="name", required=True)
    email: Mapped[str | None] = datum("user.contact.email", groups=(2, 5), purposes=_RELATION, format="email")
    phone: Mapped[str | None] = datum("user.contact.phone_number", groups=(3, 5), purposes=_RELATION, format="phone")


class ContactRole(Record):
    """A person's task and position at a customer."""

    __tablename__ = "contact_role"
    retention = "relationship"
    person_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(5,),
        purposes=_RELATION,
        analysts="token",
        required=True,
        references="person",
    )
    customer_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(5,),
        purposes=_RELATION,
        analysts="token",
        required=True,
        references="customer",
    )
    role: Mapped[str] = datum(
        "user.job_title",
        groups=(5,),
        purposes=_RELATION,
        analysts="keep",
        format="code",
        required=True,
        values=("contact", "billing", "technical", "decision_maker", "user"),
    )
    position: Mapped[str | None] = datum("user.job_title", groups=(5,), purposes=_RELATION, analysts="generalise")


class UserAccount(Record):
    """A user id by which a person uses a customer's services."""

    __tablename__ = "user_account"
    retention = "relationship"
    person_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(4,),
        purposes=_RELATION,
        analysts="token",
        required=True,
        references="person",
    )
    customer_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(4,),
        purposes=_RELATION,
        analysts="token",
        required=True,
        references="customer",
    )
    user_id: Mapped[str] = datum("user.account.username", groups=(4,), purposes=_RELATION, required=True)
    opened_on: Mapped[date | None] = datum(
        "user.account", groups=(4,), purposes=_RELATION, analysts="generalise", format="date", happened=True
    )
    closed_on: Mapped[date | None] = datum(
        "user.account", groups=(4,), purposes=_RELATION, analysts="generalise", format="date", not_before="opened_on"
    )


class Address(Record):
    """A customer's address of use, of delivery or of billing."""

    __tablename__ = "address"
    retention = "relationship"
    customer_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(6,),
        purposes=_RELATION,
        analysts="token",
        required=True,
        references="customer",
    )
    kind: Mapped[str] = datum(
        "user.contact.address",
        groups=(6,),
        purposes=_RELATION,
        analysts="keep",
        format="code",
        required=True,
        values=("use", "delivery", "billing"),
        personal=False,
    )
    street: Mapped[str | None] = datum("user.contact.address.street", groups=(6,), purposes=_RELATION)
    postal_code: Mapped[str | None] = datum(
        "user.contact.address.postal_code",
        groups=(6,),
        purposes=_RELATION,
        analysts="generalise",
        format="postal_code",
    )
    city: Mapped[str | None] = datum("user.contact.address.city", groups=(6,), purposes=_RELATION)
    country: Mapped[str] = datum(
        "user.contact.address.country",
        groups=(6,),
        purposes=_RELATION,
        analysts="keep",
        format="country",
        required=True,
    )


class MarketingPermission(Record):
    """A direct-marketing permission or prohibition; a prohibition outlives all else as a keyed hash."""

    __tablename__ = "marketing_permission"
    retention = "relationship"
    person_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(8,),
        purposes=("marketing", "evidence"),
        required=True,
        references="person",
        retention="marketing_prohibition",
    )
    channel: Mapped[str] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("marketing", "evidence"),
        format="code",
        required=True,
        values=("email", "sms", "phone", "post"),
        analysts="keep",
    )
    allowed: Mapped[bool] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("marketing", "evidence"),
        format="boolean",
        required=True,
        analysts="keep",
    )
    basis: Mapped[str | None] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("marketing", "evidence"),
        format="code",
        values=("consent", "customer_relationship", "objection"),
    )
    given_on: Mapped[date] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("marketing", "evidence"),
        format="date",
        required=True,
        happened=True,
    )
    withdrawn_on: Mapped[date | None] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("marketing", "evidence"),
        format="date",
        happened=True,
        not_before="given_on",
    )


class TransferConsent(Record):
    """A person's explicit consent to a transfer outside the EU/EEA, by country (GDPR Art. 49(1)(a))."""

    __tablename__ = "transfer_consent"
    retention = "consent_evidence"
    person_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(8,),
        purposes=("evidence",),
        basis="6(1)(c)",
        required=True,
        references="person",
        retention="consent_evidence",
    )
    country: Mapped[str] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("evidence",),
        basis="6(1)(c)",
        format="country",
        required=True,
        retention="consent_evidence",
    )
    valid_from: Mapped[date] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("evidence",),
        basis="6(1)(c)",
        format="date",
        required=True,
        retention="consent_evidence",
    )
    valid_to: Mapped[date | None] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("evidence",),
        basis="6(1)(c)",
        format="date",
        retention="consent_evidence",
        not_before="valid_from",
    )
    withdrawn_at: Mapped[datetime | None] = datum(
        "user.privacy_preferences",
        groups=(8,),
        purposes=("evidence",),
        basis="6(1)(c)",
        format="timestamp",
        retention="consent_evidence",
        happened=True,
        not_before="valid_from",
    )


class Prospect(Record):
    """Somebody the controller may offer services to: an explicit entry with its own ground and end."""

    __tablename__ = "prospect"
    retention = "prospect"
    company: Mapped[str | None] = datum(
        "user.workplace",
        groups=(7,),
        purposes=("offers",),
        basis="6(1)(f)",
        retention="prospect",
        personal=False,
    )
    y_tunnus: Mapped[str | None] = datum(
        "user.government_id",
        groups=(4,),
        purposes=("offers",),
        basis="6(1)(f)",
        format="y_tunnus",
        retention="prospect",
        personal=False,
    )
    full_name: Mapped[str] = datum(
        "user.name",
        groups=(5,),
        purposes=("offers",),
        basis="6(1)(f)",
        format="name",
        required=True,
        retention="prospect",
    )
    email: Mapped[str | None] = datum(
        "user.contact.email",
        groups=(5,),
        purposes=("offers",),
        basis="6(1)(f)",
        format="email",
        retention="prospect",
    )
    phone: Mapped[str | None] = datum(
        "user.contact.phone_number",
        groups=(5,),
        purposes=("offers",),
        basis="6(1)(f)",
        format="phone",
        retention="prospect",
    )
    ground: Mapped[str] = datum(
        "user.privacy_preferences",
        groups=(7,),
        purposes=("offers",),
        basis="6(1)(f)",
        format="code",
        required=True,
        values=("asked_for_offer", "former_customer", "public_source"),
        analysts="keep",
        retention="prospect",
    )
    noted_on: Mapped[date] = datum(
        "user.behavior",
        groups=(7,),
        purposes=("offers",),
        basis="6(1)(f)",
        format="date",
        required=True,
        retention="prospect",
        happened=True,
    )
