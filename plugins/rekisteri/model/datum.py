"""What every register column must say of itself (design rule 1), and the refusal of one that does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Numeric, Text
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeEngine

from rekisteri.errors import ModelError

Treatment = Literal["drop", "token", "generalise", "scrub", "keep"]

#: The purposes that the register description names (register.md), by short code.
PURPOSES = frozenset(
    {
        "relationship",  # manage, care for, maintain and develop the relationship
        "offers",  # target offers
        "analysis",
        "services",  # produce, provide and develop services
        "research",  # market research and statistics
        "lifecycle",  # life cycle, security level, software versions of systems and devices
        "marketing",  # information and marketing, within the law
        "feedback",  # develop operations by feedback
        "verification",  # verify service events and solve problem situations: recordings only
        "accounting",  # statutory books and vouchers
        "evidence",  # show that a permission, a prohibition or a consent was honoured
    }
)
#: GDPR Article 6(1) points that the register relies on.
BASES = frozenset({"6(1)(a)", "6(1)(b)", "6(1)(c)", "6(1)(f)"})
TREATMENTS = frozenset({"drop", "token", "generalise", "scrub", "keep"})
#: Names of the rules that include/policy/retention.yaml gives periods to.
RETENTION_RULES = frozenset(
    {
        "relationship",
        "recording",
        "voucher",
        "debt",
        "marketing_prohibition",
        "consent_evidence",
        "prospect",
        "with_row",
    }
)
#: How a source's text becomes a typed value; the SQL type that the register keeps.
FORMATS: dict[str, type[TypeEngine[Any]]] = {
    "text": Text,
    "code": Text,
    "name": Text,
    "email": Text,
    "phone": Text,
    "y_tunnus": Text,
    "country": Text,
    "postal_code": Text,
    "iban": Text,
    "reference": Text,
    "location": Text,
    "date": Date,
    "timestamp": DateTime,
    "money": Numeric,
    "integer": Integer,
    "boolean": Boolean,
    "count": BigInteger,
}
#: Characters that a text may have at most; what a library conforms is bounded by it.
LONGEST = {"text": 500, "name": 200, "location": 100}
LONGEST_KEY = 200
"""Of keys and references; none of our sources' keys comes near."""
MOST_KEY_BYTES = 1_000
"""Bytes, as UTF-8, of a key or reference at most: a longer one is no key. An index entry has about 2,700 bytes at most,
and some hold two keys beside other columns; 200 characters have 800 at most."""
FREE_TEXT = 1_000_000
"""Of what people write at length: a long thread with its log, not a file."""
_MOMENTS = frozenset({"date", "timestamp"})


@dataclass(frozen=True)
class Datum:
    """What one column holds, why, for whom and for how long."""

    category: str
    """Fideslang data category key."""
    groups: tuple[int, ...]
    """Groups of the register description, 1 to 12; empty for our own bookkeeping."""
    purposes: tuple[str, ...]
    basis: str
    """GDPR Article 6(1) point."""
    analysts: Treatment
    retention: str
    format: str = "text"
    required: bool = False
    references: str | None = None
    """Entity whose source_key this column holds."""
    values: tuple[str, ...] = ()
    """The allowed codes, where format is ``code``."""
    provider_column: str | None = None
    """Column that names the cloud provider, where format is ``location``."""
    personal: bool = True
    """False where the value is a company's fact or our own bookkeeping."""
    longest: int | None = None
    """Characters that a text may have at most, where it is not what LONGEST says of its format."""
    happened: bool = False
    """True where the date states a fact: it lies in the past; other dates may be plans."""
    not_before: str | None = None
    """Column of the same row whose date comes first, or is the same."""
    named_by: str | None = None
    """Column with the name of whom this value identifies: rows of one value must not bear unlike names."""
    ends_with: tuple[str, str] | None = None
    """Reference and its entity's date column: once that day has passed, this row has ended too."""

    @property
    def longest_text(self) -> int | None:
        """Characters that the value may have at most; None where its format alone bounds it."""
        key = self.references or self.category == "user.unique_id"
        return self.longest or (LONGEST_KEY if key and self.format == "text" else LONGEST.get(self.format))

    def faults(self) -> list[str]:
        """Return what is wrong with this declaration, as sentences; empty when sound."""
        found = []
        if not self.category:
            found.append("category must be a Fideslang key such as 'user.contact.email'")
        if not self.groups and self.category != "system.operations":
            found.append("groups must name the register description's groups, 1 to 12")
        if any(not 1 <= g <= 12 for g in self.groups):
            found.append(f"groups {self.groups} are not all within 1 to 12")
        if not self.purposes or set(self.purposes) - PURPOSES:
            found.append(f"purposes must be some of {sorted(PURPOSES)}")
        if self.basis not in BASES:
            found.append(f"basis must be one of {sorted(BASES)}")
        if self.analysts not in TREATMENTS:
            found.append(f"analysts must be one of {sorted(TREATMENTS)}")
        if self.retention not in RETENTION_RULES:
            found.append(f"retention must be one of {sorted(RETENTION_RULES)}")
        if self.format not in FORMATS:
            found.append(f"format must be one of {sorted(FORMATS)}")
        if (self.format == "code") != bool(self.values):
            found.append("format 'code' needs its values, and only it has them")
        if self.longest is not None and (self.format not in LONGEST or self.longest < 1):
            found.append(f"longest is a number of characters, of formats {sorted(LONGEST)} only")
        if self.format not in _MOMENTS and (self.happened or self.not_before or self.ends_with):
            found.append(f"happened, not_before and ends_with are for formats {sorted(_MOMENTS)} only")
        return found

    def misplaced(self, beside: Mapping[str, "Datum"]) -> list[str]:
        """Return what is wrong with what this declaration says of other columns, as sentences; empty when sound.

        Args:
            beside: the columns of the same row.
        """
        found = []
        if self.not_before and (self.not_before not in beside or beside[self.not_before].format not in _MOMENTS):
            found.append(f"not_before must name a date or timestamp of the same row, not {self.not_before!r}")
        if self.named_by and (self.named_by not in beside or beside[self.named_by].format != "name"):
            found.append(f"named_by must name a column of format 'name' of the same row, not {self.named_by!r}")
        if self.ends_with and (self.ends_with[0] not in beside or not beside[self.ends_with[0]].references):
            found.append(f"ends_with must begin with a reference of the same row, not {self.ends_with[0]!r}")
        return found


def datum(
    category: str,
    *,
    groups: tuple[int, ...],
    purposes: tuple[str, ...],
    basis: str = "6(1)(b)",
    analysts: Treatment = "drop",
    retention: str = "relationship",
    **more: Any,
) -> MappedColumn[Any]:
    """Declare a register column together with what the law asks of it.

    Args:
        category: Fideslang data category key.
        groups: groups of the register description (1 to 12) that the column belongs to.
        purposes: codes of PURPOSES.
        basis: GDPR Article 6(1) point, such as ``6(1)(b)``.
        analysts: what analysts get of it.
        retention: name of the retention rule that governs it.
        more: the other fields of Datum.

    Raises:
        ModelError: the format is unknown (the rest is judged when the table is complete).
    """
    said = Datum(category, groups, purposes, basis, analysts, retention, **more)
    if said.format not in FORMATS:
        raise ModelError(f"column format {said.format!r} is unknown; write one of {sorted(FORMATS)}")
    of = FORMATS[said.format]
    made: TypeEngine[Any] = Numeric(14, 2) if of is Numeric else DateTime(timezone=True) if of is DateTime else of()
    return mapped_column(made, nullable=not said.required, info={"datum": said})


def said_of(column: Column[Any]) -> Datum:
    """Return a column's declaration.

    Raises:
        ModelError: it has none, or an unsound one; the message says what to write.
    """
    where = f"{column.table.name}.{column.name}"
    said = column.info.get("datum")
    if not isinstance(said, Datum):
        raise ModelError(
            f"column {where} does not say what it holds; write {column.name}: Mapped[...] = datum(category, groups=, "
            "purposes=, basis=, analysts=, retention=) in plugins/rekisteri/model"
        )
    if faults := said.faults():
        raise ModelError(f"column {where}: " + "; ".join(faults))
    return said
