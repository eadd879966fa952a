"""Moving one entity's rows where the gates said: into the register, into quarantine, out of both."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import retention_policy
from rekisteri.books import FLOWS
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.residency import consents
from rekisteri.staging import columns, registered, staged
from rekisteri.statements import load

Places = dict[str, Composable]
Run = Callable[..., psycopg.Cursor[Any]]
"""Runs a statement of include/sql/merge for one entity, its places filled and its values bound."""
_MANY = 20_000
"""Rows from which on indexes are built after a first load."""


def statements(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> Run:
    """Return what runs the statements of include/sql/merge for one entity of a pull.

    Args:
        conn: the warehouse, in the transaction that merges.
        pull: which both gates judged.
        entity: whose rows.
    """
    names = _places(pull, entity)
    periods = retention_policy.read()
    bound = {
        "source": pull.source,
        "entity": entity,
        "pull_id": pull.pull_id,
        "night": pull.night,
        "keep": periods.quarantine,
        "review": periods.tombstone_review,
    }

    def run(name: str, **more: Composable) -> psycopg.Cursor[Any]:
        return conn.execute(load(f"merge/{name}", **names, **more), bound)

    return run


def _places(pull: Pull, entity: str) -> Places:
    stages = ("compared", "vanished", "checked", "refused", "suppressed")
    staging: Places = {stage: staged(pull.source, entity, stage) for stage in stages}
    return staging | {"raw": staged(pull.source, entity), "register": registered(entity)}


def move(run: Run, anything_fresh: bool, parts: Places, entity: str, first: bool) -> dict[str, int]:
    """Move one entity's rows where the gates said.

    Args:
        run: runs the statements of the entity (:func:`statements`).
        anything_fresh: whether the pull has a row that is new or changed.
        parts: of :func:`quarantine_parts`.
        entity: whose rows.
        first: the register holds none of the entity from the source yet.

    Returns:
        The flows of the books, by name.
    """
    unchanged, waiting, suppressed, fresh = run("fates").fetchone() or (0, 0, 0, 0)
    inserted = updated = same = left = vanished = 0
    quarantined = waiting
    if anything_fresh:
        run("suppress_erased")
        run("refuse_no_suppressed")
        quarantined, kept_out = run("kept_out").fetchone() or (0, 0)
        if first:
            inserted = _enter(run, entity, fresh, parts["but_kept_out"] if quarantined or kept_out else SQL(""))
        else:
            inserted, updated, same = run("merge_entity", **_columns(entity)).fetchone() or (0, 0, 0)
        if quarantined and not first:
            run("keep_old")
            left = run("leave", elsewhere=elsewhere(entity)).rowcount
        run("tombstone_suppressed")
        suppressed += kept_out
        unchanged += same
    if not first:
        run("reappear")
        vanished = run("vanish").rowcount
    removed, released, added = run("quarantine", **parts).fetchone() or (0, 0, 0)
    counts = (inserted, updated, unchanged, quarantined, suppressed, vanished, left, removed, released, added)
    return dict(zip(FLOWS, counts, strict=True))


def _enter(run: Run, entity: str, fresh: int, but_kept_out: Composable) -> int:
    """Enter the first rows of an entity; many of them first, then their indexes, which is several times as quick."""
    empty = fresh > _MANY and (run("is_empty").fetchone() or (False,))[0]
    if empty:
        run("drop_indexes")
    entered = run("insert_entity", but_kept_out=but_kept_out, **_columns(entity)).rowcount
    if empty:
        run("build_indexes")
    return entered


def elsewhere(entity: str) -> Composable:
    """Return the condition that a refused row lies elsewhere than the held version of it."""
    if not (where := consents.location(entity)):
        return SQL("true")
    columns = [Identifier(name) for name in where if name]
    return SQL("({}) is distinct from ({})").format(
        *(SQL(", ").join(SQL(side).format(column) for column in columns) for side in ("known.{}", "checked.{}"))
    )


def _columns(entity: str) -> Places:
    names = [Identifier(n) for n in pulled_columns(ENTITIES[entity]) if n != "source_key"]

    def listed(prefix: str) -> Composable:
        return SQL(", ").join(SQL(prefix + "{}").format(n) for n in names)

    return {
        "columns": listed(""),
        "known": listed("known."),
        "accepted": listed("accepted."),
        "old": listed("old."),
        "new": listed("new."),
        "assignments": SQL(", ").join(SQL("{} = accepted.{}").format(n, n) for n in names),
    }


def quarantine_parts(conn: psycopg.Connection[Any], pull: Pull, entity: str, anything_fresh: bool) -> Places:
    """Return what fills include/sql/merge/quarantine: which rows are refused, and what is kept of them."""
    # Nothing fresh: what waited still waits, by the verdict it has.
    rows = (
        SQL("inner join {} as refused on arrived._row = refused._row").format(staged(pull.source, entity, "refused"))
        if anything_fresh
        else SQL(
            "inner join quarantine.row as refused on refused.source = %(source)s and refused.entity = %(entity)s "
            "and refused.source_key is not distinct from arrived.source_key "
            "and refused.content_hash = arrived.content_hash and refused.copy = arrived.copy"
        )
    )
    return {
        "refused_rows": rows,
        "content": deciding.kept_content(columns(conn, pull.source, entity)),
        "but_kept_out": load("merge/but_kept_out", **_places(pull, entity)),
    }


def take_in(conn: psycopg.Connection[Any], pull: Pull, entity: str) -> tuple[int, int, int]:
    """Merge the rows of one entity that no gate refuses and no tombstone suppresses, without books of its own.

    Args:
        conn: the warehouse, in a transaction.
        pull: a pull that both gates judged.
        entity: whose rows.

    Returns:
        Rows that are new, that differ from what was held, and that are the same.
    """
    names: dict[str, Composable] = {
        stage: staged(pull.source, entity, stage) for stage in ("checked", "refused", "suppressed")
    }
    names |= {"register": registered(entity)} | _columns(entity)
    bound = {"source": pull.source, "entity": entity, "pull_id": pull.pull_id}
    for statement in ("suppress_erased", "refuse_no_suppressed"):
        conn.execute(load(f"merge/{statement}", **names), bound)
    row = conn.execute(load("merge/merge_entity", **names), bound).fetchone()
    inserted, updated, same = row or (0, 0, 0)
    return inserted, updated, same
