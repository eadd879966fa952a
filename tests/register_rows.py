"""Puts records into the register for a test, as the merge would: each call adds one, with sound defaults."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

NIGHT = date(2026, 11, 1)
PULL = UUID(int=7)
LONG_AGO = date(2026, 1, 31)
"""A contract that ended then is over on NIGHT."""

_DEFAULTS: dict[str, dict[str, Any]] = {
    "customer": {"kind": "company", "name": "Koivu Oy"},
    "person": {"full_name": "Matti Virtanen"},
    "contact_role": {"role": "contact"},
    "user_account": {"user_id": "mvirtanen"},
    "address": {"kind": "use", "country": "FI"},
    "contract": {"contract_number": "S-1", "kind": "support", "started_on": date(2015, 1, 1)},
    "service": {"product": "tuki", "opened_on": date(2015, 1, 1)},
    "order": {"ordered_on": date(2025, 1, 1)},
    "event": {"happened_at": datetime(2025, 1, 1, tzinfo=UTC), "kind": "contact"},
    "marketing_permission": {"channel": "email", "allowed": True, "given_on": date(2024, 1, 1)},
    "transfer_consent": {"country": "US", "valid_from": date(2024, 1, 1)},
    "case": {"opened_at": datetime(2025, 1, 1, tzinfo=UTC), "category": "network", "severity": "low"},
    "message": {"sent_at": datetime(2025, 1, 1, tzinfo=UTC), "channel": "email"},
    "recording": {"kind": "call", "provider": "upcloud", "storage_region": "fi-hel1"},
    "billing_profile": {"method": "email"},
    "invoice": {"invoice_number": "1", "kind": "invoice", "amount": 100},
    "collection": {"stage": "reminder"},
    "prospect": {"full_name": "Matti Virtanen", "ground": "asked_for_offer"},
}


def add(conn: psycopg.Connection[Any], entity: str, key: str, source: str = "crm", **columns: Any) -> str:
    """Add a record and return its key."""
    row = {"controller": "praecom", "first_pull": PULL, "changed_pull": PULL, "content_hash": b"x"}
    row |= _DEFAULTS.get(entity, {}) | {"source": source, "source_key": key} | columns
    conn.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("register", entity),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )
    return key


def add_customer(
    conn: psycopg.Connection[Any], key: str, ended_on: date | None, source: str = "crm", **columns: Any
) -> str:
    """Add a customer with one contract and its service, and return its key."""
    add(conn, "customer", key, source, **columns)
    add(conn, "contract", f"{key}-c", source, customer_key=key, ended_on=ended_on)
    add(conn, "service", f"{key}-s", source, contract_key=f"{key}-c", terminated_on=ended_on)
    return key


def add_contact(conn: psycopg.Connection[Any], key: str, customer: str, source: str = "crm", **columns: Any) -> str:
    """Add a person with a role at a customer, and return its key."""
    add(conn, "person", key, source, **columns)
    add(conn, "contact_role", f"{key}-{customer}", source, person_key=key, customer_key=customer)
    return key


def held(conn: psycopg.Connection[Any], entity: str) -> set[str]:
    """Return the keys that the register holds of an entity."""
    statement = sql.SQL("select source_key from {}").format(sql.Identifier("register", entity))
    return {row[0] for row in conn.execute(statement)}
