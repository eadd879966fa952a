"""Row rules, derived from the model: each as a SQL predicate that refuses and as a GX expectation that counts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from psycopg.sql import SQL, Composable, Identifier
from pydantic import Field, StringConstraints

from rekisteri.gate_history import Severity
from rekisteri.model import ENTITIES, Datum, pulled_columns
from rekisteri.policy import Policy, load_policy

Kind = Literal[
    "required",
    "format",
    "length",
    "oversized",
    "order",
    "future",
    "ended",
    "contradiction",
    "unique",
    "reference",
    "known_elsewhere",
]
FILE = "row_rules.yaml"


class RowRules(Policy):
    """The file row_rules.yaml: what a person may change of the rules that the model gives."""

    happened_days: Annotated[int, Field(ge=0, le=31)]
    """Days after the night that a date which states a fact may bear."""
    planned_years: Annotated[int, Field(ge=1, le=200)]
    """Years after the night that any other date may bear."""
    legal_forms: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z]+$")], ...]
    """Words that two unlike names may have in common."""


def policy() -> RowRules:
    """Return what row_rules.yaml says.

    Raises:
        PolicyError: it is missing or has a fault.
    """
    return load_policy(FILE, RowRules)


@dataclass(frozen=True)
class Rule:
    """One rule on one column of an entity."""

    kind: Kind
    column: str
    looks_at: str
    """Column of the gate's relation that shows whether the rule holds."""
    severity: Severity = "critical"
    refuses: bool = True
    """False where broken rows are only counted."""

    @property
    def name(self) -> str:
        """The rule as quarantine, audit and pages name it."""
        return f"{self.kind}:{self.column}"

    def broken(self) -> Composable:
        """Return the SQL condition under which a row of the gate's relation breaks this rule."""
        return SQL("{} is not null" if self.expects_null else "{} is null").format(Identifier(self.looks_at))

    @property
    def expects_null(self) -> bool:
        """Whether a row keeps the rule where that column holds nothing."""
        return self.kind not in ("required", "reference")


def rules(entity: str, pulled: Iterable[str]) -> list[Rule]:
    """Return the rules that rows of an entity must keep.

    Args:
        entity: name of the entity.
        pulled: the columns that the source delivers.
    """
    return list(_rules(set(pulled), entity))


def _rules(pulled: set[str], entity: str) -> Iterator[Rule]:
    for name, said in pulled_columns(ENTITIES[entity]).items():
        if name not in pulled:
            continue
        plain = said.format in ("text", "name", "location")
        if said.required:
            yield Rule("required", name, name if plain and name != "source_key" else f"{name}__given")
        if not plain:
            yield Rule("format", name, f"{name}__reason")
        # A reference that is too long leads to nothing, which its own rule says.
        if said.longest_text and not said.references:
            yield Rule("length", name, f"{name}__length")
        if said.references or name == "source_key":
            yield Rule("oversized", name, f"{name}__oversized")
        yield from _of_moments(name, said, pulled)
        if said.named_by in pulled:
            yield Rule("contradiction", name, f"{name}__contradiction")
        if said.references:
            yield Rule("reference", name, f"{name}__found")
    yield Rule("unique", "source_key", "source_key__doubled")


def _of_moments(name: str, said: Datum, pulled: set[str]) -> Iterator[Rule]:
    if said.format in ("date", "timestamp"):
        yield Rule("future", name, f"{name}__future")
    if said.not_before in pulled:
        yield Rule("order", name, f"{name}__order")
    if said.ends_with and said.ends_with[0] in pulled:
        yield Rule("ended", name, f"{name}__ended")
