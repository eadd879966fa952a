"""How many rows an entity has, and in how many of them each column holds nothing: in the register and in a pull."""

from collections.abc import Callable, Iterable
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from rekisteri.pulls import Pull
from rekisteri.staging import columns, registered, staged
from rekisteri.statements import load

Counts = dict[str, tuple[int, int]]
"""Column to the rows and those of them in which it holds nothing."""


def offer(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> Counts:
    """Return what the register would hold of each column that the source delivers, were no row refused."""
    names = [name for name in columns(conn, pull.source, entity) if name != "source_key"]
    bound = {"source": pull.source}
    places: dict[str, Composable] = {s: staged(pull.source, entity, s) for s in ("checked", "suppressed")}
    places["register"] = registered(entity)
    row = conn.execute(load("quality/is_held", register=places["register"]), bound).fetchone()
    if not row or not row[0]:
        return _counts(conn, "first_nulls", names, _nulls, places, bound)
    changed = _counts(conn, "offered_nulls", names, _changes, places, bound)
    held = last_noted(conn, pull.source, entity)
    if set(names) <= set(held):
        found = {name: _sum(held[name], changed[name]) for name in names}
        if all(0 <= nulls <= rows for rows, nulls in found.values()):
            return found
    # Nothing was noted yet, or something else wrote to the register.
    held = recounted(conn, pull.source, entity, names)
    return {name: _sum(held[name], changed[name]) for name in names}


def without_refused(conn: psycopg.Connection[Any], pull: Pull, entity: str, offered: Counts) -> Counts:
    """Return what the register holds of each column once the refused rows of what was offered are left out."""
    places: dict[str, Composable] = {s: staged(pull.source, entity, s) for s in ("checked", "refused")}
    places["register"] = registered(entity)
    refused = _counts(conn, "refused_nulls", list(offered), _changes, places, {"source": pull.source})
    return {name: _sum(offered[name], tuple(-n for n in refused[name])) for name in offered}


def _sum(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def counted(found: Iterable[tuple[Any, ...]]) -> Counts:
    """Return what a statement that returns column, rows and nulls has found."""
    return {row[0]: (row[1], row[2]) for row in found}


def last_noted(conn: psycopg.Connection[Any], source: str, entity: str) -> Counts:
    """Return what was noted of the register by the last merge of a source."""
    return counted(conn.execute(load("pull_rules/held"), {"source": source, "entity": entity}))


def recounted(conn: psycopg.Connection[Any], source: str, entity: str, names: list[str]) -> Counts:
    """Count what the register holds of a source now, row by row."""
    return _counts(conn, "recount", names, _nulls, {"register": registered(entity)}, {"source": source})


def _nulls(name: Identifier) -> Composable:
    return SQL("count(*) - count(held.{})").format(name)


def _changes(name: Identifier) -> Composable:
    return SQL("count(*) - count(fresh.{c}) - (count(held.source_key) - count(held.{c}))").format(c=name)


def _counts(
    conn: psycopg.Connection[Any],
    statement: LiteralString,
    names: list[str],
    count: Callable[[Identifier], Composable],
    places: dict[str, Composable],
    bound: dict[str, Any],
) -> Counts:
    """Run a statement that returns rows and, for each column, nulls."""
    if not names:
        return {}
    listed = SQL(", ").join(count(Identifier(name)) for name in names)
    row = conn.execute(load(f"pull_rules/{statement}", counted=listed, **places), bound).fetchone()
    rows, *nulls = row or [0] * (len(names) + 1)
    return {name: (rows, n) for name, n in zip(names, nulls, strict=True)}
