"""A night of the two gates, as told to people: its pulls, its rules, what stopped, what waits, what to do."""

from dataclasses import dataclass, replace
from datetime import date

from rekisteri.errors import PolicyError
from rekisteri.gate_source import SourceNight, State, Stock, UnderWay
from rekisteri.remedies import Remedy, explain
from rekisteri.trends import Trend


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
    """critical, warning or info, as declared."""
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
    noted: bool = False
    """Whether what breaks it is counted only, and neither refused nor stopped."""

    @property
    def kind(self) -> str:
        """The part of the rule's name that says what it asks."""
        return self.rule.partition(":")[0]

    @property
    def growth(self) -> int:
        """How many more rows it refuses than a week before."""
        return self.trend.now - self.trend.then if self.trend and self.trend.then is not None else 0


@dataclass(frozen=True)
class Kind:
    """The rules of one kind together."""

    kind: str
    rules: int
    refused: int
    """Rows by the rules' last looks, without those that are noted only; a rule on a whole pull refuses none."""
    noted: int
    waiting: int
    said: Remedy


@dataclass(frozen=True)
class Night:
    """What the gates did in a night."""

    night: date
    newest: date
    """The newest night there is: what waits now is told as of it."""
    under_way: UnderWay | None
    """A newer night than this one, or this one itself, that has not ended."""
    sources: tuple[SourceNight, ...]
    rules: tuple[RuleNight, ...]

    def of(self, source: str) -> "Night":
        """Return what the gates did with one source's pull.

        Raises:
            PolicyError: nothing is known of such a source.
        """
        if source not in (known := [one.source for one in self.sources]):
            raise PolicyError(f"nothing is known of a source {source!r}; there are {', '.join(known)}")
        return replace(
            self,
            sources=tuple(one for one in self.sources if one.source == source),
            rules=tuple(one for one in self.rules if one.source == source),
        )

    def by_state(self, state: State) -> list[SourceNight]:
        """Return the sources that a night left so."""
        return [one for one in self.sources if one.state == state]

    @property
    def merged_before(self) -> str:
        """Which sources an earlier pull of the night merged, though their newest did not; empty where there is none."""
        titles = [one.title for one in self.sources if one.state != "merged" and one.earlier_pulls_merged]
        # Of one source alone nobody has to say which.
        of = f"of {' and '.join(titles)} " if len(self.sources) > 1 else ""
        return f"{of}an earlier pull of the night was merged" if titles else ""

    def kinds(self) -> list[Kind]:
        """Return each kind of rule that refused something, with what it means and what to do; most rows first."""
        by_kind: dict[str, list[RuleNight]] = {}
        for one in self.rules:
            by_kind.setdefault(one.kind, []).append(one)
        made = [
            Kind(
                kind,
                len(rules),
                sum(one.refused or 0 for one in rules if not one.noted and one.level == "row"),
                sum(one.refused or 0 for one in rules if one.noted),
                sum(one.waiting for one in rules),
                explain(kind),
            )
            for kind, rules in by_kind.items()
        ]
        return sorted(made, key=lambda one: (-max(one.waiting, one.refused), one.kind))

    def most_refused(self) -> list[RuleNight]:
        """Return the rules, the one that refused most first; what is noted only comes last."""
        return sorted(self.rules, key=lambda one: (one.noted, -(one.refused or 0), -one.waiting))

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
    def stock(self) -> Stock:
        """Rows of all sources in quarantine."""
        each = [one.stock for one in self.sources]
        return Stock(sum(one.now for one in each), sum(one.after for one in each), sum(one.rejected for one in each))
