"""What a pull brought, beside what is held: which rows are fresh, unchanged, waiting in quarantine, or suppressed."""

from hashlib import sha256
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import bucket_sums, changes
from rekisteri.pulls import Pull
from rekisteri.staging import Arrival, columns, registered, require_counted, require_held, staged, usable_key
from rekisteri.statements import load


class Compared(NamedTuple):
    """What a comparison of an entity found."""

    fresh: int
    """Rows that are looked at."""
    first: bool
    """Nothing was known of the entity: all its rows are fresh, and the comparison itself was not needed."""
    register: Identifier
    """Where to look for what is held: the register, or those of its rows that the pull can be about."""


def compare(conn: psycopg.Connection[Any], pull: Pull, entity: str, arrival: Arrival) -> Compared:
    """Compare what arrived with what is held; tell what is fresh.

    Raises:
        WarehouseError: staging does not hold what was counted on arrival.
    """
    require_held(conn, pull, entity, arrival)
    raw, compared = staged(pull.source, entity), staged(pull.source, entity, "compared")
    # Of an earlier try, of which the one may be a view of the other.
    for stage in ("checked", "compared"):
        conn.execute(SQL("drop table if exists {} cascade").format(staged(pull.source, entity, stage)))
    register = registered(entity)
    single = _is_single(conn, raw)
    bound = {"source": pull.source, "entity": entity}
    unknown = conn.execute(load("pull/is_first", register=register), bound).fetchone()
    if single and arrival.part == "full" and arrival.read and unknown and unknown[0]:
        return Compared(arrival.read, True, register)
    hashed = content_hash(pull, columns(conn, pull.source, entity))
    keyed = usable_key(SQL("raw.source_key"))
    numbered = load("pull/single" if single else "pull/numbered", raw=raw, usable_key=keyed, content_hash=hashed)
    if arrival.part == "part" and arrival.buckets:
        register = _held(conn, pull, entity, arrival.buckets)
    # Composed in: what makes a table takes no parameters.
    known = {"source": Literal(pull.source), "entity": Literal(entity)}
    found = conn.execute(load("pull/compare", compared=compared, register=register, numbered=numbered, **known))
    require_counted(pull, entity, arrival, found.rowcount)
    conn.execute(SQL("analyze {} (_row, source_key, fate)").format(compared))
    row = conn.execute(SQL("select count(*) from {} where fate = 'fresh'").format(compared)).fetchone()
    return Compared(int(row[0]) if row else 0, False, register)


def _held(conn: psycopg.Connection[Any], pull: Pull, entity: str, buckets: int) -> Identifier:
    """Set apart the held rows that a pull of some buckets and keys can be about; the register is read once."""
    held = staged(pull.source, entity, "held")
    conn.execute(SQL("drop table if exists {} cascade").format(held))
    conn.execute(
        load(
            "changes/held",
            held=held,
            register=registered(entity),
            raw=staged(pull.source, entity),
            source=Literal(pull.source),
            differs=staged(pull.source, entity, "differs"),
            bucket=bucket_sums.bucket(pull.source, SQL("known.source_key"), buckets),
            raw_in_scope=changes.in_differing(pull, entity, SQL("raw.source_key"), buckets),
        )
    )
    # Not known to be many, each row would be looked up one by one.
    conn.execute(SQL("analyze {} (source, vanished_pull)").format(held))
    return held


def _is_single(conn: psycopg.Connection[Any], raw: Identifier) -> bool:
    """Return whether each arrived row has a key of its own; where one is too long for an index, nobody can tell."""
    try:
        with conn.transaction():
            conn.execute(load("pull/keys_index", raw=raw))
    except (psycopg.errors.UniqueViolation, psycopg.errors.ProgramLimitExceeded):
        return False
    row = conn.execute(SQL("select exists (select from {} where source_key is null)").format(raw)).fetchone()
    return bool(row and not row[0])


def content_hash(pull: Pull, names: list[str]) -> Composable:
    """Return the expression of a raw row's hash: 64 bits over its text, cell by cell, and what judges it.

    It tells a change of one row, it protects nothing: one change in 2 ** 64 would go unseen. Each column's cells are
    hashed with a seed of their own, so two that swap their values are seen; the aliases count too: two columns that
    swap their names leave each row's text as it was. Half the work of hashing a row as a record.
    """
    judged = int.from_bytes(sha256(f"{pull.rules_version} {','.join(names)}".encode()).digest()[:8], signed=True)
    cells = [
        SQL("coalesce(hashtextextended(raw.{}, {seed}), {seed})").format(Identifier(name), seed=Literal(n))
        for n, name in enumerate(names, start=1)
    ]
    return SQL("int8send({}::bigint # {})").format(Literal(judged), SQL(" # ").join(cells))
