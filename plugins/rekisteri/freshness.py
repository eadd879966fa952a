"""Is the source still alive: its newest moment, and how often it changes.

``fresh`` of quality.yaml declares how old the newest moment of a source may be, by a date or timestamp column or by its
watermark; beyond it the pull stops, since a system that was left behind goes on answering. Without setup, the nights on
which each entity brought anything new say how long it is usually quiet; where it is quiet for more than twice as long,
that is said as a warning and stops nothing: nothing new is merged of it anyway.

Moments in the future say nothing: one wrong date would make a source fresh for ever. The night begins at midnight in
the source's zone.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import psycopg
from psycopg.sql import Identifier

from rekisteri import sources, watermarks
from rekisteri.origins.origin import WATERMARK
from rekisteri.pulls import Pull
from rekisteri.quality_policy import Fresh, Quality
from rekisteri.staging import Arrival, arrivals, registered, staged
from rekisteri.statements import load
from rekisteri.verdicts import Verdict, timed

LEAST = 3
"""Nights with something new that it takes to say how long an entity is usually quiet."""


def judge(conn: psycopg.Connection[Any], pull: Pull, limits: Quality) -> Iterator[Verdict]:
    """Yield a verdict for each declared limit, and for each entity whose rhythm is known."""
    return timed(_judged(conn, pull, limits))


def _judged(conn: psycopg.Connection[Any], pull: Pull, limits: Quality) -> Iterator[Verdict]:
    arrived = arrivals(conn, pull)
    for fresh in limits.fresh_of(pull.source):
        yield _verdict(pull, fresh, arrived[fresh.entity], newest(conn, pull, fresh, arrived[fresh.entity]))
    moved = _moved(conn, pull, limits.history.nights)
    for entity, arrival in arrived.items():
        # What is fresh of an arrival is noted by the comparison, which a quiet entity has not seen.
        still = arrival.part == "same" or not _anything_fresh(conn, pull, entity)
        if still and (found := quiet(moved.get(entity, []), pull.night)):
            yield Verdict(entity, "quiet", *found, severity="warning")


def newest(conn: psycopg.Connection[Any], pull: Pull, fresh: Fresh, arrival: Arrival) -> datetime | None:
    """Return the newest moment that a source has of what is declared; None where it has none at all.

    Work in proportion to what is new: the fresh rows' newest, and that of the merged nights before. It is noted for the
    next night; the register is looked at only where none was.
    """
    zone, until = sources.named(pull.source).zone, pull.night + timedelta(days=2)
    if fresh.column is None:
        row = conn.execute(load("pull_rules/watermark"), {"pull_id": pull.pull_id, "entity": fresh.entity}).fetchone()
        if not row or row[0] is None:
            return None
        mark = watermarks.moment(row[0])
        return mark if mark.tzinfo else mark.replace(tzinfo=zone)
    bound = {"source": pull.source, "entity": fresh.entity, "until": until}
    places = {"column": Identifier(fresh.column), "register": registered(fresh.entity)}
    found = [
        row[3] for row in conn.execute(load("pull_rules/held"), bound) if row[0] == fresh.column and row[3] is not None
    ]
    if not found:
        found += _one(conn.execute(load("pull_rules/newest_held", **places), bound))
    if arrival.part != "same" and _anything_fresh(conn, pull, fresh.entity):
        checked = staged(pull.source, fresh.entity, "checked")
        found += _one(conn.execute(load("pull_rules/newest_arrived", checked=checked, **places), bound))
    best = max(found, default=None)
    if best is not None:
        noted = {"pull_id": pull.pull_id, "entity": fresh.entity, "name": fresh.column, "newest": best}
        conn.execute(load("pull_rules/note_newest"), noted)
    return best


def _one(cursor: psycopg.Cursor[Any]) -> list[datetime]:
    row = cursor.fetchone()
    return [row[0]] if row and row[0] is not None else []


def _anything_fresh(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> bool:
    row = conn.execute(load("pull_rules/fresh"), {"pull_id": pull.pull_id, "entity": entity}).fetchone()
    return bool(row and row[0])


def _verdict(pull: Pull, fresh: Fresh, arrival: Arrival, found: datetime | None) -> Verdict:
    rule, rows = f"fresh:{fresh.column or WATERMARK.lstrip('_')}", arrival.read + arrival.skipped
    remedy = "See whether the system still writes what it is read from, or a copy of it stands still"
    if found is None:
        return Verdict(fresh.entity, rule, rows, 1, f"the source has no moment in it at all. {remedy}")
    old = age(found, pull.night, pull.source)
    if old <= fresh.within:
        return Verdict(fresh.entity, rule, rows)
    said = f"the newest is {_told(old)} older than the night, and quality.yaml allows {_told(fresh.within)}. {remedy}"
    return Verdict(fresh.entity, rule, rows, max(1, (old - fresh.within).days), said)


def age(found: datetime, night: date, source: str) -> timedelta:
    """Return how long before the night's midnight, in the source's zone, a moment was; never less than nothing."""
    midnight = datetime.combine(night, time(), sources.named(source).zone)
    return max(midnight.astimezone(UTC) - found.astimezone(UTC), timedelta(0))


def _told(span: timedelta) -> str:
    hours = round(span / timedelta(hours=1))
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _moved(conn: psycopg.Connection[Any], pull: Pull, nights: int) -> dict[str, list[date]]:
    """Return by entity the merged nights on which it brought anything new, newest first."""
    found: dict[str, list[date]] = defaultdict(list)
    for entity, night, _, fresh in conn.execute(
        load("pull_rules/rows_before"), {"source": pull.source, "nights": nights}
    ):
        if fresh:
            found[entity].append(night)
    return found


def quiet(moved: list[date], night: date) -> tuple[int, int, str] | None:
    """Return how many nights an entity is usually quiet, by how many more it is so now, and a sentence if far more.

    Args:
        moved: the nights on which it brought anything new, newest first.
        night: tonight, on which it brought nothing.

    Returns:
        None where too little is known, or nothing is unusual.
    """
    if len(moved) < LEAST:
        return None
    usually = max((later - earlier).days for later, earlier in pairwise(moved))
    now = (night - moved[0]).days
    over = now - 2 * usually
    if over <= 0:
        return None
    return (
        usually,
        over,
        (
            f"nothing has changed at the source for {now} nights, and {usually} are the most that was usual. See "
            "whether the system still writes what it is read from, or a copy of it stands still"
        ),
    )
