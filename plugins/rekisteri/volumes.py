"""An entity's rows at the source against those of the nights before: a tenth or ten times as many stops the pull.

With at least ``history.least`` nights known, more than ``times`` times the usual stops, or less than one so manieth;
with fewer, ``hard`` counts instead. :mod:`rekisteri.usual` says what is usual. Fewer rows are not asked about where a
person has accepted what vanished: it is the same.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg

from rekisteri import usual
from rekisteri.pulls import Pull
from rekisteri.quality_policy import Quality
from rekisteri.staging import Arrival, arrivals
from rekisteri.statements import load
from rekisteri.verdicts import Verdict, timed

RULE = "volume"


def before(conn: psycopg.Connection[Any], source: str, nights: int) -> dict[str, list[int]]:
    """Return by entity the rows that a source had on the last merged nights, newest first."""
    found: dict[str, list[int]] = defaultdict(list)
    bound = {"source": source, "nights": nights}
    for entity, _, rows, _ in conn.execute(load("pull_rules/rows_before"), bound):
        found[entity].append(rows)
    return found


def judge(conn: psycopg.Connection[Any], pull: Pull, limits: Quality) -> Iterator[Verdict]:
    """Yield a verdict for each entity of which anything was read, and of which a night is known."""
    return timed(_judged(conn, pull, limits))


def _judged(conn: psycopg.Connection[Any], pull: Pull, limits: Quality) -> Iterator[Verdict]:
    known = before(conn, pull.source, limits.history.nights)
    for entity, arrival in arrivals(conn, pull).items():
        if arrival.part != "same" and known.get(entity):
            yield _verdict(pull, entity, arrival, known[entity], limits)


def _verdict(pull: Pull, entity: str, arrival: Arrival, known: list[int], limits: Quality) -> Verdict:
    rows, of = arrival.read + arrival.skipped, limits.rows_of(pull.source, entity)
    times = of.times if len(known) >= limits.history.least else of.hard
    low, high = usual.rows_band(known, times, of.few)
    if low <= rows <= high or (rows < low and "vanished" in pull.accepted):
        return Verdict(entity, RULE, rows)
    nights = f"the last {len(known)} nights" if len(known) > 1 else "the last night"
    wanted = f"at most {int(high)}" if rows > high else f"at least {-int(-low // 1)}"
    remedy = "See whether the SELECT joins anew, or the source was filled twice or emptied"
    sentence = f"the source has {rows} rows, and by {nights} {wanted} are usual. {remedy}"
    return Verdict(entity, RULE, rows, int(max(rows - high, low - rows) + 1), sentence)
