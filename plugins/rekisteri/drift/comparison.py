"""The nightly look at a source's catalog: what is new, gone or of another type since it was last seen."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import psycopg

from rekisteri import audit, notices, pulls, sources
from rekisteri.drift import personal_names, reads, report
from rekisteri.drift.reads import Reading
from rekisteri.errors import SetupError, SourceError
from rekisteri.origins import catalog, open_origin
from rekisteri.origins.catalog import Columns, Table
from rekisteri.pulls import Pull
from rekisteri.statements import load

_log = logging.getLogger(__name__)
_SHOWN = 20
"""Changes that a log or a mail names one by one."""

What = Literal["new", "dropped", "retyped", "new_table", "dropped_table"]


@dataclass(frozen=True)
class Change:
    """One change in a source's tables; names only."""

    table_name: str
    column_name: str | None
    what: What
    type_before: str | None = None
    type_now: str | None = None
    looks_like: str | None = None
    used_by: tuple[str, ...] = ()


Known = dict[str, dict[str, tuple[str, bool]]]
"""Table to column to its type, and whether it is gone, as last seen."""


def look(conn: psycopg.Connection[Any], pull: Pull) -> list[Change]:
    """Compare the tables that a source's SELECTs read with how they were last seen; note, log and mail what changed.

    The first look at a source remembers and reports nothing. A catalog that cannot be read is noted as such and holds
    back nothing: the pull, which follows, finds out for itself.

    Args:
        conn: the warehouse, in no transaction.
        pull: the pull, whose source may be contacted.

    Returns:
        What changed since the catalog was last read.

    Raises:
        PolicyError: personal_names.yaml or a SELECT cannot be read.
    """
    entry, asked, policy = sources.named(pull.source), reads.tables(pull.source), personal_names.read()
    found: dict[Table, Columns] = {}
    failure = None
    try:
        with open_origin(entry) as origin:
            found = catalog.read(origin, entry, list(asked))
    except (SourceError, SetupError) as error:
        failure = type(error).__name__
        _log.warning("%s: its tables could not be compared with how they were last seen: %s", pull.source, error)
    with pulls.without_values(f"schema drift of {pull.source}"), conn.transaction():
        bound = {"source": pull.source, "night": pull.night, "pull_id": pull.pull_id}
        last_read_on, is_again = conn.execute(load("drift/begin_look"), bound).fetchone() or (None, False)
        changes: list[Change] = []
        if failure is None:
            changes = _compare(conn, pull, asked, found, policy, last_read_on)
        counts = {"tables": len(found), "columns": sum(map(len, found.values()))}
        conn.execute(load("drift/end_look"), bound | counts | {"failure": failure})
        # A task that is run again says the same only once.
        if changes or failure or not is_again:
            numbers: dict[str, audit.Number] = {"read": False}
            if failure is None:
                numbers = {"read": True, **counts, **_counted(changes)}
            made = audit.Entry("schema_drift", pull.pull_id, pull.night, pull.source, numbers=numbers)
            audit.record_many(conn, [made])
    _tell(pull.source, changes, pull.night, last_read_on)
    return changes


def _compare(
    conn: psycopg.Connection[Any],
    pull: Pull,
    asked: dict[Table, Reading],
    found: dict[Table, Columns],
    policy: personal_names.PersonalNames,
    last_read_on: date | None,
) -> list[Change]:
    """Note what changed, and remember how it is now; in the caller's transaction."""
    known: Known = {}
    for table, column, of_type, is_gone in conn.execute(load("drift/known"), {"source": pull.source}):
        known.setdefault(table, {})[column] = (of_type, is_gone)
    missing = {row[0] for row in conn.execute(load("drift/missing"), {"source": pull.source})}
    changes = [
        change
        for table, reading in asked.items()
        for change in _changes(str(table), reading, found.get(table, {}), known.get(str(table), {}), policy)
        if change.what != "dropped_table" or str(table) not in missing
        # On the first night all is new, and none of it is news; but for what is not there.
        if last_read_on or change.what == "dropped_table"
    ]
    noted = {"source": pull.source, "last_read_on": last_read_on, "noted_on": pull.night, "pull_id": pull.pull_id}
    with conn.cursor() as cursor:
        bound = [noted | vars(change) | {"used_by": list(change.used_by)} for change in changes]
        cursor.executemany(load("drift/note"), bound)
    now = [(str(table), column, of_type) for table, columns in found.items() for column, of_type in columns.items()]
    lists = {name: [row[n] for row in now] for n, name in enumerate(("tables", "names", "types"))}
    bound_night = {"source": pull.source, "night": pull.night}
    conn.execute(load("drift/forget"), {"source": pull.source, "tables": list(map(str, asked))})
    conn.execute(load("drift/mark_gone"), bound_night | {k: lists[k] for k in ("tables", "names")})
    conn.execute(load("drift/keep"), bound_night | lists)
    return changes


def _changes(
    table: str,
    reading: Reading,
    now: Columns,
    before: dict[str, tuple[str, bool]],
    policy: personal_names.PersonalNames,
) -> Iterator[Change]:
    held = {column: of_type for column, (of_type, is_gone) in before.items() if not is_gone}
    if not now:
        yield Change(table, None, "dropped_table", used_by=tuple(reading.entities))
        return
    if not held:
        yield Change(table, None, "new_table", used_by=tuple(reading.entities))
        if not before:
            return
        # It was gone and is back: compared with how it was.
        held = {column: of_type for column, (of_type, _) in before.items()}
    for column, of_type in now.items():
        used = tuple(reading.used_by(column))
        if column not in held:
            looks = personal_names.looks_like(column, policy)
            yield Change(table, column, "new", None, of_type, looks, used)
        elif held[column] != of_type:
            yield Change(table, column, "retyped", held[column], of_type, used_by=used)
    for column in [one for one in held if one not in now]:
        yield Change(table, column, "dropped", held[column], None, used_by=tuple(reading.used_by(column)))


def _counted(changes: Iterable[Change]) -> dict[str, int]:
    counted = Counter(change.what for change in changes)
    names: tuple[What, ...] = ("new", "dropped", "retyped", "new_table", "dropped_table")
    return {name: counted[name] for name in names} | {"personal": sum(1 for one in changes if one.looks_like)}


def _tell(source: str, changes: list[Change], night: date, last_read_on: date | None) -> None:
    if not changes:
        return
    told = [report.sentence(source, vars(one)) for one in changes[:_SHOWN]]
    if len(changes) > _SHOWN:
        told.append(f"and {len(changes) - _SHOWN} more: `rekisteri source drift {source}`")
    for one in told:
        _log.warning("schema drift: %s", one)
    since = f" since {last_read_on}" if last_read_on else ""
    notices.send(
        f"the tables of {source} changed",
        [f"In the night of {night} these tables were not as they were{since}.", *told, report.REMEDY.format(source)],
    )
