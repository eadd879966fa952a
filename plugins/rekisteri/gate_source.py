"""One source's pull in a night of the gates: how far it came, what stopped it, what of it waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from rekisteri.remedies import Remedy
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
    told: str | None = None
    """How far off the rule is, as the task that it stopped said it."""


@dataclass(frozen=True)
class Stock:
    """Rows in quarantine."""

    now: int
    """Those that wait now."""
    after: int
    """Those that there were after the night, by the books."""
    rejected: int
    """Those that a person rejected by now; the books count them while their source sends them."""

    @property
    def moved(self) -> bool:
        """Whether it is not what the night left."""
        return self.now != self.after

    @property
    def sentence(self) -> str:
        """The number, and that after the night where it is another."""
        more = f", {self.rejected} rejected" if self.rejected else ""
        return f"{self.now} now ({self.after} after the night{more})" if self.moved else str(self.now)


@dataclass(frozen=True)
class UnderWay:
    """A night that has not ended."""

    night: date
    merged: int
    of: int


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
    stock: Stock
    left: int = 0
    """Records that left the register in this night, since their newest version lies outside the EU/EEA."""
    pull_id: UUID | None = None
    """Of its pull of this night."""
    earlier: int = 0
    """Pulls of the same night before that one."""
    earlier_pulls_merged: int = 0
    """How many of those were merged, be it without a row."""
    earlier_merged: int = 0
    """Rows that those merged."""

    @property
    def before(self) -> str:
        """What the night's earlier pulls of the source did; empty where there was none."""
        if not self.earlier:
            return ""
        pulls = "an earlier pull" if self.earlier == 1 else f"{self.earlier} earlier pulls"
        if not self.earlier_pulls_merged:
            return f"{pulls} of the night {'was' if self.earlier == 1 else 'were'} not merged"
        return f"{pulls} of the night merged {self.earlier_merged} rows"
