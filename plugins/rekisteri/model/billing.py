"""Group 10: how a customer is billed, the invoices and the collection of debts."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Mapped

from rekisteri.model.datum import datum
from rekisteri.model.record import Record

_BILLING = ("relationship", "accounting")


class BillingProfile(Record):
    """A customer's billing method and billing contact."""

    __tablename__ = "billing_profile"
    retention = "relationship"
    customer_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(10,),
        purposes=_BILLING,
        analysts="token",
        required=True,
        references="customer",
    )
    method: Mapped[str] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        analysts="keep",
        format="code",
        required=True,
        values=("e_invoice", "email", "paper", "direct_debit"),
    )
    contact_name: Mapped[str | None] = datum("user.name", groups=(10,), purposes=_BILLING, format="name")
    email: Mapped[str | None] = datum("user.contact.email", groups=(10,), purposes=_BILLING, format="email")
    phone: Mapped[str | None] = datum("user.contact.phone_number", groups=(10,), purposes=_BILLING, format="phone")
    iban: Mapped[str | None] = datum("user.financial.bank_account", groups=(10,), purposes=_BILLING, format="iban")


class Invoice(Record):
    """An invoice or a credit note: a voucher of the books (Kirjanpitolaki 2:10)."""

    __tablename__ = "invoice"
    retention = "voucher"
    customer_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(10,),
        purposes=_BILLING,
        basis="6(1)(c)",
        analysts="token",
        required=True,
        references="customer",
        retention="voucher",
    )
    invoice_number: Mapped[str] = datum(
        "user.financial", groups=(10,), purposes=_BILLING, basis="6(1)(c)", required=True, retention="voucher"
    )
    reference: Mapped[str | None] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        basis="6(1)(c)",
        format="reference",
        retention="voucher",
    )
    kind: Mapped[str] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        basis="6(1)(c)",
        analysts="keep",
        format="code",
        required=True,
        values=("invoice", "credit_note"),
        retention="voucher",
    )
    issued_on: Mapped[date] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        basis="6(1)(c)",
        analysts="generalise",
        format="date",
        required=True,
        retention="voucher",
        happened=True,
    )
    due_on: Mapped[date] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        basis="6(1)(c)",
        analysts="generalise",
        format="date",
        required=True,
        retention="voucher",
        not_before="issued_on",
    )
    paid_on: Mapped[date | None] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        basis="6(1)(c)",
        analysts="generalise",
        format="date",
        retention="voucher",
        happened=True,
    )
    amount: Mapped[Decimal] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        basis="6(1)(c)",
        analysts="generalise",
        format="money",
        required=True,
        retention="voucher",
    )


class Collection(Record):
    """The collection of an unpaid invoice (728/2003)."""

    __tablename__ = "collection"
    retention = "debt"
    invoice_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(10,),
        purposes=_BILLING,
        required=True,
        references="invoice",
        retention="debt",
    )
    stage: Mapped[str] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        format="code",
        required=True,
        analysts="keep",
        values=("reminder", "demand", "agency", "judgment", "closed"),
        retention="debt",
    )
    started_on: Mapped[date] = datum(
        "user.financial", groups=(10,), purposes=_BILLING, format="date", required=True, retention="debt", happened=True
    )
    last_interrupted_on: Mapped[date | None] = datum(
        "user.financial",
        groups=(10,),
        purposes=_BILLING,
        format="date",
        retention="debt",
        happened=True,
        not_before="started_on",
    )
    judgment_on: Mapped[date | None] = datum(
        "user.financial", groups=(10,), purposes=_BILLING, format="date", retention="debt", happened=True
    )
    closed_on: Mapped[date | None] = datum(
        "user.financial", groups=(10,), purposes=_BILLING, format="date", retention="debt", not_before="started_on"
    )
