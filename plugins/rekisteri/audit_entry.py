"""One entry of the evidence: typed fields, enums, numbers and staff by id; no free text, and nothing of a customer."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

from rekisteri.errors import RekisteriError

Kind = Literal[
    "pull_started", "source_checked", "processor_checked", "arrived", "rows_refused", "residency_verdict",
    "hetu_removed", "merged", "books", "recounted", "pull_refused", "subjects_linked", "plan_made",
    "plan_approved", "plan_rejected", "erased", "erasure_verified", "published", "policy_changed",
    "reidentified", "quarantine_released", "quarantine_expired", "media_destroyed", "plan_voided",
    "subject_decided", "subject_undecided", "store_checked", "destination_checked", "schema_drift",
    "schema_drift_seen", "quarantine_decided", "quarantine_viewed", "pull_stopped", "stop_accepted",
]  # fmt: skip
Number = int | float | bool | Decimal

_BOUND_AS_THEY_ARE = ("kind", "night", "source", "entity", "rule", "column", "staff", "plan_checksum")
_NAME = re.compile(r"[a-z][a-z0-9_:.]{0,62}")
_STAFF = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CHECKSUM = re.compile(r"[0-9a-f]{64}")


class EntryRefused(RekisteriError):  # noqa: N818 - a verdict
    """An entry would hold what the evidence may not hold: free text, a value, an unknown kind."""


def is_staff(held: str) -> bool:
    """Return whether a text has the form of a staff id, and not that of an address or a name in words."""
    return bool(_STAFF.fullmatch(held))


@dataclass(frozen=True)
class Entry:
    """One verdict, as record_many takes it; the fields are those of ``record``."""

    kind: Kind
    pull_id: UUID | str | None = None
    night: date | None = None
    source: str | None = None
    entity: str | None = None
    rule: str | None = None
    column: str | None = None
    staff: str | None = None
    plan_checksum: str | None = None
    numbers: Mapping[str, Number] = field(default_factory=dict)

    def bound(self) -> dict[str, Any]:
        """Return the parameters of include/sql/audit/record.sql.

        Raises:
            EntryRefused: a field holds what it may not; the message names the field, never what it held.
        """
        if self.kind not in get_args(Kind):
            raise EntryRefused(
                "audit: the kind is not one of rekisteri.audit_entry.Kind; add it there and in 10_kind.sql"
            )
        for name in ("source", "entity", "rule", "column"):
            _fits(name, getattr(self, name), _NAME, "a name: a-z first, then a-z 0-9 _ : . (63 at most)")
        _fits("staff", self.staff, _STAFF, "a staff id: letters, digits, _ . - (64 at most), not an e-mail address")
        _fits("plan_checksum", self.plan_checksum, _CHECKSUM, "SHA-256 as 64 lower-case hex digits")
        if self.night is not None and type(self.night) is not date:
            raise EntryRefused("audit: night must be a datetime.date")
        return {
            **{name: getattr(self, name) for name in _BOUND_AS_THEY_ARE},
            "pull_id": _uuid(self.pull_id),
            "numbers": "{" + ",".join(f'"{name}":{_number(name, n)}' for name, n in self.numbers.items()) + "}",
        }


def _fits(name: str, held: object, form: re.Pattern[str], wanted: str) -> None:
    if held is not None and not (isinstance(held, str) and form.fullmatch(held)):
        raise EntryRefused(f"audit: {name} must be {wanted}")


def _uuid(held: UUID | str | None) -> UUID | None:
    try:
        return UUID(held) if isinstance(held, str) else held
    except ValueError:
        raise EntryRefused("audit: pull_id must be a UUID") from None


def _number(name: str, held: object) -> str:
    _fits("the name of a number", name, _NAME, "a name: a-z first, then a-z 0-9 _ : . (63 at most)")
    if isinstance(held, bool):
        return "true" if held else "false"
    if not isinstance(held, (int, float, Decimal)) or not math.isfinite(held):
        raise EntryRefused(f"audit: {name} must be a finite number or a boolean")
    return f"{held:f}" if isinstance(held, Decimal) else repr(held)
