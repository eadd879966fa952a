"""What a rule for whole pulls says of one entity."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal, get_args

Kind = Literal["vanished", "volume", "count", "total", "nulls", "fresh", "quiet"]
"""Kinds of rules for whole pulls: what stands before the colon in their names."""


@dataclass(frozen=True)
class Verdict:
    """One rule, held against one entity of a pull; counts only."""

    entity: str
    rule: str
    evaluated: int
    """Rows that were looked at."""
    off: int = 0
    """By how many rows, or nights, it is off; 0 where the rule holds."""
    sentence: str = ""
    """How far off, and what to do; empty where the rule holds."""
    severity: Literal["critical", "warning", "info"] = "critical"
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a rule that nobody would know what to do about: remedies and pages tell of those kinds."""
        if self.rule.partition(":")[0] not in get_args(Kind):
            raise ValueError(f"rule {self.rule!r} is of no kind of verdicts.Kind; name it there and in remedies.py")

    @property
    def stops(self) -> bool:
        """Whether it stops the pull, if nobody has accepted it."""
        return bool(self.sentence) and self.severity == "critical"

    @property
    def how_far(self) -> str:
        """How far off it is, without what to do."""
        return self.sentence.partition(". ")[0]

    def told(self, source: str) -> str:
        """Return it as a sentence that names source, entity and rule."""
        return f"{source}.{self.entity}, rule {self.rule}: {self.sentence}"


def timed(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Yield verdicts with the seconds that each took."""
    source = iter(verdicts)
    while True:
        began = perf_counter()
        one = next(source, None)
        if one is None:
            return
        yield replace(one, seconds=perf_counter() - began)
