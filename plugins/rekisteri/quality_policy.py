"""What stops a whole pull, as a policy file: how far tonight may be from what is usual of a source."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from rekisteri.policy import Policy, load_policy
from rekisteri.sources import SourceName

FILE = "quality.yaml"


def _period(said: object) -> object:
    # A bare number would be taken for seconds.
    if not (isinstance(said, str) and said.startswith("P")):
        raise ValueError("not a period; write an ISO 8601 duration such as P3D or PT36H")
    return said


class History(Policy):
    """Which nights say what is usual."""

    nights: Annotated[int, Field(ge=1, le=366)]
    """So many of the newest merged nights are looked at."""
    least: Annotated[int, Field(ge=2, le=366)]
    """With fewer, only the widest limits hold."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.least > self.nights:
            raise ValueError("least is more than nights, so the narrow limits would never hold; make it at most nights")
        return self


class Rows(Policy):
    """How far the number of an entity's rows may be from the usual."""

    times: Annotated[float, Field(gt=1, le=1000)]
    """So many times as many, or one so manieth, where enough nights are known."""
    hard: Annotated[float, Field(gt=1, le=1000)]
    """The same where they are not."""
    few: Annotated[int, Field(ge=0)]
    """So many rows more or less never stop a pull."""

    @model_validator(mode="after")
    def _hard_is_wider(self) -> Self:
        if self.hard < self.times:
            raise ValueError("hard is narrower than times; make it at least as many")
        return self


class Nulls(Policy):
    """How many of its values a column may lose."""

    drop: Annotated[float, Field(gt=0, le=100)]
    """Percentage points of the entity's rows, where enough nights are known."""
    few: Annotated[int, Field(ge=0)]
    """So many rows never stop a pull."""


class Fresh(Policy):
    """How old the newest moment that a source sends may be."""

    entity: str
    column: str | None = None
    """A date or timestamp; left out, the SELECT's watermark."""
    within: Annotated[timedelta, BeforeValidator(_period), Field(gt=timedelta(0), le=timedelta(days=3660))]
    """Before the midnight at which the night begins."""


class OfEntity(Policy):
    """What else holds for one entity of a source."""

    rows: Rows | None = None
    nulls: Nulls | None = None
    may_empty: tuple[str, ...] = ()
    """Columns that may lose all their values."""


class OfSource(Policy):
    """What else holds for one source."""

    fresh: tuple[Fresh, ...] = ()
    entities: Annotated[dict[str, OfEntity], Field(default_factory=dict)]


class Quality(Policy):
    """The file quality.yaml."""

    history: History
    rows: Rows
    nulls: Nulls
    sources: dict[SourceName, OfSource]

    def of(self, source: str, entity: str) -> OfEntity:
        """Return what holds for an entity of a source, the file's own limits where it says nothing else."""
        of = self.sources.get(source)
        said = (of.entities if of else {}).get(entity, OfEntity())
        return OfEntity(rows=said.rows or self.rows, nulls=said.nulls or self.nulls, may_empty=said.may_empty)

    def rows_of(self, source: str, entity: str) -> Rows:
        """Return the limits on an entity's rows."""
        return self.of(source, entity).rows or self.rows

    def nulls_of(self, source: str, entity: str) -> Nulls:
        """Return the limits on what an entity's columns may lose."""
        return self.of(source, entity).nulls or self.nulls

    def fresh_of(self, source: str) -> tuple[Fresh, ...]:
        """Return what is declared of a source's freshness."""
        of = self.sources.get(source)
        return of.fresh if of else ()


def read() -> Quality:
    """Return what stops a pull.

    Raises:
        PolicyError: the file is missing or has a fault.
    """
    return load_policy(FILE, Quality)
