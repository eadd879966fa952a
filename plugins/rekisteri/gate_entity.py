"""One entity of a pull as its rows are judged: what the gate's relation is made of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from psycopg.sql import Identifier

from rekisteri.model import ENTITIES, Datum, pulled_columns
from rekisteri.rules import RowRules, policy
from rekisteri.staging import staged


@dataclass(frozen=True)
class Elsewhere:
    """Where a value must be found: a column of another source's rows in the register."""

    source: str
    entity: str
    column: str


@dataclass(frozen=True)
class Gate:
    """One entity of a pull, as its rows are judged."""

    source: str
    entity: str
    night: date
    delivered: Collection[str]
    """The entities of which the pull read anything."""
    held: Collection[str]
    """The entities, this one and those it refers to, of which the register holds anything from the source."""
    vanished: bool
    """Whether it is listed what is gone at the source."""
    elsewhere: Mapping[str, Elsewhere]
    """By rule: where the values must be found."""

    @cached_property
    def said(self) -> dict[str, Datum]:
        """What the model says of the entity's columns."""
        return pulled_columns(ENTITIES[self.entity])

    @cached_property
    def policy(self) -> RowRules:
        """What a person may change of the rules."""
        return policy()

    def stage(self, stage: str, entity: str = "") -> Identifier:
        """Return the name of a staging table of this pull."""
        return staged(self.source, entity or self.entity, stage)
