"""What the two gates did in a night: which pulls came through, which rule refused what, whether it grows, what to do.

Read once for the pages and the command: counts, names of rules and ids, never what a row holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from rekisteri import gate_rules, inspection, sources
from rekisteri.errors import NoSuchNight
from rekisteri.gate_night import Night
from rekisteri.gate_source import SourceNight, State, Stock, Stop, UnderWay
from rekisteri.inspection import rows
from rekisteri.quarantine import telling
from rekisteri.remedies import Remedy
from rekisteri.trends import since, trend

_ENDED = ("merged", "recounted")
_SOURCE_OUTSIDE = Remedy(
    "The source's host, its processor or one of its sub-processors is outside the EU/EEA, or at a place that nobody "
    "knows: the source was not contacted.",
    "See the page on where data lives, or `rekisteri residency map`; have it moved, or correct the policy file.",
)
_NO_RULE = Remedy(
    "It stopped at a step, not by a rule: the source was down, a step failed, or a newer run took its place.",
    "Open the DAG run: the red task says what is wrong, and the DAG's documentation what to do.",
)

BETWEEN = timedelta(minutes=15)
"""While a source of the night has not begun, the others' last step may be so old and the night still be under way."""


def read(night: date | None = None) -> Night | None:
    """Return what the gates did in a night; None before the first pull.

    Args:
        night: which; the newest that has ended where it is left out, or the first one while it is under way.

    Raises:
        NoSuchNight: nothing was pulled in that night; the message names the nearest nights.
        WarehouseError: the warehouse cannot be asked.
        SourceDown: it does not answer.
    """
    with inspection.opened() as conn:
        nights = {row["night"]: _under_way(row) for row in rows(conn, "nights")}
        if night is None:
            night = next((one for one, under_way in nights.items() if not under_way), next(iter(nights), None))
        if night is None:
            return None
        if night not in nights:
            raise _no_such_night(night, list(nights))
        newest = max(nights)
        found = rows(conn, "found", night=night, since=since(night))
        pulled = rows(conn, "nights_pulled", night=night, since=since(night))
        judged = _by_source(row for row in pulled if row["judged"])
        return Night(
            night,
            newest,
            _progress(conn, newest) if nights[newest] else None,
            tuple(_sources(conn, night, found, judged)),
            tuple(gate_rules.read(conn, night, found, {"row": judged, "pull": _by_source(pulled)})),
        )


def _under_way(row: DictRow) -> bool:
    waits = set(sources.read()) - set(row["sources"])
    return row["worked_on"] or bool(waits and row["changed_at"] and row["changed_at"] > datetime.now(UTC) - BETWEEN)


def _no_such_night(night: date, nights: list[date]) -> NoSuchNight:
    if not nights:
        return NoSuchNight(f"nothing was pulled in the night of {night}, nor in any other yet")
    before, after = [one for one in nights if one < night], [one for one in nights if one > night]
    near = [*([max(before)] if before else []), *([min(after)] if after else [])]
    return NoSuchNight(
        f"nothing was pulled in the night of {night}; the nearest with a pull: {' and '.join(map(str, near))}",
        near,
    )


def _progress(conn: psycopg.Connection[DictRow], night: date) -> UnderWay:
    pulled = {row["source"]: _state(row) for row in rows(conn, "pulls", night=night)}
    return UnderWay(night, list(pulled.values()).count("merged"), len({*pulled, *sources.read()}))


def _by_source(pulled: Iterable[DictRow]) -> dict[str, set[date]]:
    found: dict[str, set[date]] = {}
    for row in pulled:
        found.setdefault(row["source"], set()).add(row["night"])
    return found


def _sources(
    conn: psycopg.Connection[DictRow], night: date, found: list[DictRow], nights: Mapping[str, set[date]]
) -> Iterator[SourceNight]:
    held = {row["source"]: row for row in rows(conn, "stock")}
    stock: dict[str, dict[date, int]] = {}
    for row in rows(conn, "waiting_by_night", night=night, since=since(night)):
        stock.setdefault(row["source"], {})[row["night"]] = row["waiting"]
    stopping: dict[UUID, list[DictRow]] = {}
    for row in found:
        if row["stopped"]:
            stopping.setdefault(row["pull_id"], []).append(row)
    pulled = {row["source"]: row for row in rows(conn, "pulls", night=night)}
    declared = sources.read()
    for source in sorted({*pulled, *declared}):
        pull = pulled.get(source)
        state = _state(pull)
        waited = trend(stock.get(source, {}), night, nights.get(source, ()))
        now = held.get(source, {"waiting": 0, "rejected": 0})
        numbers = ("read", "skipped", "merged", "unchanged", "quarantined", "suppressed", "waiting")
        yield SourceNight(
            source=source,
            title=declared[source].title if source in declared else source,
            state=state,
            night=pull["night"] if pull else None,
            run_id=pull["run_id"] if pull and pull["tonight"] else None,
            numbers={name: pull[name] if pull and state != "not pulled" else None for name in numbers},
            stops=tuple(_stops(pull, stopping)) if pull and state == "stopped" else (),
            trend=waited,
            stock=Stock(now["waiting"], waited.now, now["rejected"]),
            left=(pull["left_register"] or 0) if pull and pull["tonight"] else 0,
            pull_id=pull["pull_id"] if pull and pull["tonight"] else None,
            earlier=pull["earlier_pulls"] if pull and pull["tonight"] else 0,
            earlier_pulls_merged=pull["earlier_pulls_merged"] if pull and pull["tonight"] else 0,
            earlier_merged=pull["earlier_merged"] or 0 if pull and pull["tonight"] else 0,
        )


def _state(row: DictRow | None) -> State:
    if row is None or not row["tonight"]:
        return "not pulled"
    if row["state"] in _ENDED:
        return "merged"
    return "under way" if row["worked_on"] else "stopped"


def _stops(pull: DictRow, stopping: Mapping[UUID, list[DictRow]]) -> Iterator[Stop]:
    stopped = stopping.get(pull["pull_id"], [])
    for row in stopped:
        said = telling.explain_of(pull["source"], row["entity"], row["rule"], [one["rule"] for one in stopped])
        yield Stop(f"{row['entity']}, {row['rule']}", said, row["refused"], row["evaluated"], row["told"])
    if not pull["inside"]:
        yield Stop("where the source is", _SOURCE_OUTSIDE)
    elif pull["pull_id"] not in stopping:
        yield Stop(f"after the step {pull['state']!r}", _NO_RULE)
