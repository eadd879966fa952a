"""What is expected of one source's rows beyond the model: plain GX expectations, and values that another source knows.

include/expectations/<source>.yaml holds them. GX's own type names and kwargs; our severity and consequence: ``row``
refuses the rows that break it, ``pull`` stops the pull, ``note`` only counts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, StringConstraints, model_validator

from rekisteri import paths, policy_lines
from rekisteri.gate_entity import Elsewhere
from rekisteri.gate_history import Severity
from rekisteri.policy import Policy, load_policy
from rekisteri.rules import Rule
from rekisteri.sources import SourceName

EXPECTS = "expects"
"""Kind of the rules that expectations are."""
Consequence = Literal["row", "pull", "note"]
Sentence = Annotated[str, StringConstraints(min_length=10, max_length=300)]
_NAME_LENGTH = 63
"""Bytes of a rule's name that the audit takes."""


class Expectation(Policy):
    """One GX expectation of one entity."""

    type: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    """GX's own name, such as ``expect_column_values_to_be_between``."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """GX's own; ``column`` is a register column."""
    severity: Severity
    consequence: Consequence
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,50}$")] | None = None
    """What it is called where its type and column do not tell it from others."""
    fewest_rows: Annotated[int, Field(ge=0)] = 0
    """Rows below which the pull is not stopped by it: a share over three rows says nothing."""
    why: Sentence

    @model_validator(mode="after")
    def _has_a_short_name(self) -> "Expectation":
        if len(self.rule) > _NAME_LENGTH:
            raise ValueError(f"{self.rule!r} is too long for a rule's name; give it a name")
        if self.fewest_rows and self.consequence != "pull":
            raise ValueError("fewest_rows is for what stops a pull; leave it out")
        return self

    @property
    def rule(self) -> str:
        """The rule as quarantine, audit and pages name it."""
        short = self.type.removeprefix("expect_").removeprefix("column_values_to_").removeprefix("column_")
        return f"{EXPECTS}:{self.name or '.'.join((short, *self.columns))}"

    @property
    def columns(self) -> list[str]:
        """The register columns that it names."""
        given = [self.kwargs.get(key) for key in ("column", "column_A", "column_B")]
        listed = self.kwargs.get("column_list")
        return [c for c in [*given, *(listed if isinstance(listed, list) else [])] if isinstance(c, str)]


class KnownElsewhere(Policy):
    """A column whose values another source's rows in the register must hold."""

    column: str
    in_source: SourceName
    in_entity: str
    in_column: str
    severity: Severity
    consequence: Literal["row", "note"]
    why: Sentence

    @property
    def rule(self) -> Rule:
        """The row rule that it is."""
        refuses = self.consequence == "row"
        return Rule("known_elsewhere", self.column, f"{self.column}__elsewhere", self.severity, refuses)


class Expectations(Policy):
    """The file of one source."""

    expectations: dict[str, list[Expectation]] = Field(default_factory=dict)
    """By entity."""
    known_elsewhere: dict[str, list[KnownElsewhere]] = Field(default_factory=dict)
    """By entity."""

    @model_validator(mode="after")
    def _are_told_apart(self) -> "Expectations":
        for entity, listed in self.expectations.items():
            for rule in (names := [one.rule for one in listed]):
                if names.count(rule) > 1:
                    raise ValueError(f"{entity}: two expectations are called {rule!r}; give one of them another name")
        for entity, ties in self.known_elsewhere.items():
            columns = [one.column for one in ties]
            if len(set(columns)) < len(columns):
                raise ValueError(f"{entity}: a column is sought in two places; keep one")
        return self


class Expected(NamedTuple):
    """An expectation and the line that says it."""

    of: Expectation
    where: str


def file(source: str) -> Path:
    """Return the place of a source's expectations; it need not be there."""
    return paths.EXPECTATIONS / f"{source}.yaml"


def read(source: str) -> Expectations:
    """Return what is expected of a source; nothing where it has no file.

    Raises:
        PolicyError: the file has a fault; the message names file, line and remedy.
    """
    return load_policy(file(source), Expectations) if file(source).exists() else Expectations()


def expected(source: str, entity: str) -> list[Expected]:
    """Return the GX expectations of one entity of a source, in the file's order.

    Raises:
        PolicyError: the file has a fault.
    """
    if not (listed := read(source).expectations.get(entity)):
        return []
    lines = policy_lines.read(file(source))[1]
    return [
        Expected(one, policy_lines.at(file(source), lines[("expectations", entity, n)])) for n, one in enumerate(listed)
    ]


def known_elsewhere(source: str, entity: str) -> Iterator[tuple[Rule, Elsewhere]]:
    """Yield the rules that look into other sources' rows, and where each looks.

    Raises:
        PolicyError: the file has a fault.
    """
    for one in read(source).known_elsewhere.get(entity, []):
        yield one.rule, Elsewhere(one.in_source, one.in_entity, one.in_column)
