"""What analysts may get: publication.yaml, checked against the register's model and the SELECTs that make the tables.

Every column of an analyst table is declared with what it is made from. The declaration is not believed: the SELECT is
parsed, each column is followed to the columns it comes from, and a column that comes from elsewhere, or that keeps
what the model drops or generalises, is refused before anything runs.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from rekisteri.errors import PolicyError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.paths import SQL
from rekisteri.policy import Policy, load_policy
from rekisteri.policy_lines import at, located, read
from rekisteri.publication_lineage import PSEUDONYM, Origin, origins

FILE = "publication.yaml"
LEFT_OUT = "left_out"
"""Column of each SELECT that says whether a row may be published; itself it is not."""
_STRENGTH = {"keep": 0, "scrub": 1, "generalise": 2, "token": 3, "drop": 4}
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]


class Column(Policy):
    """A published column: what is done to the columns it is made from."""

    treatment: Literal["token", "generalise", "scrub", "keep"]
    source: tuple[str, ...] = Field(alias="from", min_length=1)
    """``entity.column`` of the register, or ``schema.table.column``."""


class Step(Policy):
    """One coarsening of groups below k: the leading characters of a column that stay, 0 for "other"."""

    column: _Name
    keep: Annotated[int, Field(ge=0, le=10)]


class AnalystTable(Policy):
    """One analyst table."""

    subject: _Name
    quasi_identifiers: tuple[_Name, ...] = Field(min_length=1)
    coarsen: tuple[Step, ...] = ()
    columns: dict[_Name, Column]

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> Self:
        for name in (self.subject, *self.quasi_identifiers):
            if name not in self.columns:
                raise ValueError(f"{name!r} is not among its columns; declare it there")
        if self.columns[self.subject].treatment != "token":
            raise ValueError(f"the subject column {self.subject!r} must be a token")
        for step in self.coarsen:
            if step.column not in self.quasi_identifiers:
                raise ValueError(f"only a quasi-identifier can be coarsened, not {step.column!r}")
        return self


class Publication(Policy):
    """The file publication.yaml."""

    k: Annotated[int, Field(ge=5, le=1000)]
    """Fewest subjects that a published group may be about; below 5 a cell is small (register.md, Pseudonymisation)."""
    precedence: tuple[str, ...]
    tables: dict[_Name, AnalystTable] = Field(min_length=1)


def declared() -> Publication:
    """Return what publication.yaml says.

    Raises:
        PolicyError: it is missing or has a fault; the message names line and remedy.
    """
    return load_policy(FILE, Publication)


def check() -> list[str]:
    """Return what is wrong with the analyst tables, each as a sentence with file and line; empty when sound."""
    try:
        policy = declared()
    except PolicyError as error:
        return str(error).splitlines()
    lines = read(FILE)[1]
    found = []
    for name, table in policy.tables.items():
        if not (SQL / "publish" / f"{name}.sql").exists():
            here = at(located(FILE), lines["tables", name])
            found.append(f"{here}: include/sql/publish/{name}.sql is missing; write it, or take the table out")
            continue
        try:
            made = origins(name)
        except PolicyError as error:
            found.append(str(error))
            continue
        for column, fault in _faults(table, made):
            where = ("tables", name, "columns", column)
            line = lines.get(where, lines["tables", name])
            found.append(f"{at(located(FILE), line)}: {name}.{column}: {fault}")
    return found


def _faults(table: AnalystTable, made: dict[str, Origin]) -> Iterator[tuple[str, str]]:
    if LEFT_OUT not in made:
        yield LEFT_OUT, f"the SELECT has no column {LEFT_OUT}; it must say which rows may not be published"
    for name in sorted(table.columns.keys() - made.keys()):
        yield name, "declared, but the SELECT has no such column; take it out or select it"
    for name, origin in made.items():
        if name == LEFT_OUT:
            continue
        if name not in table.columns:
            yield name, "selected, but not declared; declare its treatment and from, or do not select it"
            continue
        said = table.columns[name]
        if origin.columns != set(said.source):
            yield name, f"declared from {sorted(said.source)}, but it is made from {sorted(origin.columns)}"
        for source in sorted(origin.columns):
            yield from ((name, fault) for fault in _treatment_faults(said, source, copied=origin.copied))


def _treatment_faults(said: Column, source: str, *, copied: bool) -> Iterator[str]:
    if source == PSEUDONYM:
        if said.treatment != "token" or not copied:
            yield "a pseudonym is published as it is, with treatment token"
        return
    if said.treatment == "token":
        yield f"a token comes from {PSEUDONYM} only, not from {source}"
        return
    asked = _asked(source)
    if asked is None:
        yield f"{source} is not a column that the register pulls; nothing else may be published"
    elif _STRENGTH[said.treatment] < _STRENGTH[asked]:
        yield f"the model says {asked} of {source}; treatment {said.treatment} is less than that"
    elif said.treatment == "generalise" and copied:
        yield f"treatment generalise, but the SELECT gives {source} as it is; make it coarser there"


def _asked(source: str) -> str | None:
    if not re.fullmatch(r"[a-z_]+\.[a-z_]+", source):
        return None
    entity, column = source.split(".")
    table = ENTITIES.get(entity)
    said = pulled_columns(table).get(column) if table is not None else None
    return said.analysts if said else None
