"""Trends: whether a number of the gates grows from night to night, as counts, a word and a sentence."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

NIGHTS = 30
"""Nights of a trend."""
BACK = 90
"""Days that are looked at: what nothing has changed since is as it was then, and quarantine empties rows after 30."""
WEEK = 7
SLACK = 10
"""Percent by which a number may move and still be steady."""

Word = Literal["growing", "steady", "shrinking", "first night"]


@dataclass(frozen=True)
class Trend:
    """A number over the nights."""

    night: date
    counts: tuple[int | None, ...]
    """One per night, the oldest first; None before the first night that is known."""
    word: Word
    now: int
    then: int | None
    """What it was a week before, or on the first night that is known."""
    then_night: date | None
    ran: tuple[bool, ...] = ()
    """One per night: whether it was judged then; a night without has the number of the night before."""

    @property
    def sentence(self) -> str:
        """The trend with its numbers."""
        if self.then is None or self.then_night is None:
            return f"{self.now}; the first night that is known, so no trend yet"
        return f"{self.word}: {self.now}, was {self.then} on {self.then_night}"

    @property
    def nights(self) -> tuple[date, ...]:
        """The nights of the counts."""
        return tuple(self.night - timedelta(days=n) for n in reversed(range(len(self.counts))))


def since(night: date) -> date:
    """Return the first day whose numbers matter to the trend of a night."""
    return night - timedelta(days=BACK)


def trend(found: Mapping[date, int], night: date, judged: Collection[date] = ()) -> Trend:
    """Return how a number went over the last nights.

    A night on which it was not counted has the number of the night before: what has not changed at its source is not
    looked at again, and waits as it did.

    Args:
        found: night to number, of the nights from :func:`since` on.
        night: the last of the nights.
        judged: the nights on which the source was judged, beside those of the numbers.
    """
    counts: list[int | None] = []
    held: int | None = None
    for n in reversed(range(BACK + 1)):
        held = found.get(night - timedelta(days=n), held)
        counts.append(held)
    counts = counts[-NIGHTS:]
    days = (night - timedelta(days=n) for n in reversed(range(NIGHTS)))
    ran = tuple(day in found or day in judged for day in days)
    now = counts[-1] or 0
    known = [n for n, count in enumerate(counts) if count is not None]
    if not known or known[0] == NIGHTS - 1:
        return Trend(night, tuple(counts), "first night", now, None, None, ran)
    place = max(known[0], NIGHTS - 1 - WEEK)
    then = counts[place] or 0
    then_night = night - timedelta(days=NIGHTS - 1 - place)
    return Trend(night, tuple(counts), _word(then, now), now, then, then_night, ran)


def _word(then: int, now: int) -> Word:
    if abs(now - then) * 100 <= then * SLACK:
        return "steady"
    return "growing" if now > then else "shrinking"
