"""A night of the two gates, as told to people: its pulls, its rules, what stopped, what waits, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rekisteri.remedies import Remedy, explain
from rekisteri.trends import Trend

State = Literal["merged", "stopped", "under way", "not pulled"]


@dataclass(frozen=True)
class Stop:
    """Why a pull stopped before the merge."""

    what: str
    """Entity and rule, or the step it came to."""
    said: Remedy
    refused: int | None = None
    evaluated: int | None = None


@dataclass(frozen=True)
class SourceNight:
    """One source's pull of the night."""

    source: str
    title: str
    state: State
    night: date | None
    """Of its last pull."""
    run_id: str | None
    numbers: Mapping[str, int | None]
    """read, skipped, merged, unchanged, quarantined, suppressed, waiting; None where it did not come that far."""
    stops: tuple[Stop, ...]
    trend: Trend
    """Rows of the source that waited in quarantine after each night."""


@dataclass(frozen=True)
class RuleNight:
    """What one rule refused, and what of it waits."""

    source: str
    entity: str
    gate: str
    rule: str
    level: str
    """row: it refuses rows; pull: it stops the whole pull."""
    severity: str
    """critical: what breaks it is refused; warning and info: it is counted only."""
    refused: int | None
    """Rows that the last look of the rule refused; None where its history does not say."""
    evaluated: int | None
    looked_on: date | None
    """Night of that look: what has not changed at the source is not looked at again."""
    trend: Trend | None
    waiting: int
    """Rows that wait in quarantine by this rule now."""
    oldest: date | None
    """First night that one of them was refused."""
    expires_on: date | None
    """First day that the content of one of them is, or was, removed."""
    said: Remedy

    @property
    def kind(self) -> str:
        """The part of the rule's name that says what it asks."""
        return self.rule.partition(":")[0]

    @property
    def growth(self) -> int:
        """How many more rows it refuses than a week before."""
        return self.trend.now - self.trend.then if self.trend and self.trend.then is not None else 0


@dataclass(frozen=True)
class Night:
    """What the gates did in a night."""

    night: date
    sources: tuple[SourceNight, ...]
    rules: tuple[RuleNight, ...]

    def by_state(self, state: State) -> list[SourceNight]:
        """Return the sources that a night left so."""
        return [one for one in self.sources if one.state == state]

    def kinds(self) -> dict[str, Remedy]:
        """Return each kind of rule that refused something, with what it means and what to do."""
        return {kind: explain(kind) for kind in dict.fromkeys(one.kind for one in self.rules)}

    @property
    def growing(self) -> list[RuleNight]:
        """The rules that refuse more than a week before, the one that grew most first."""
        found = [one for one in self.rules if one.trend and one.trend.word == "growing"]
        return sorted(found, key=lambda one: -one.growth)

    @property
    def oldest(self) -> date | None:
        """First night that a row was refused which still waits."""
        return min((one.oldest for one in self.rules if one.oldest), default=None)

    @property
    def expires_on(self) -> date | None:
        """First day that the content of a row which waits is, or was, removed."""
        return min((one.expires_on for one in self.rules if one.expires_on), default=None)

    @property
    def waiting(self) -> int:
        """Rows of all sources that waited in quarantine after the night."""
        return sum(one.trend.now for one in self.sources)
