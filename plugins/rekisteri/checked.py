"""The relations of a pull between arrival and gates: compared (what changed), checked (conformed), suppressed."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import connections, pseudonyms, sources, suppression, typed_cells
from rekisteri.comparison import Compared, content_hash
from rekisteri.conforming import CONFORM, IDENTIFIERS, conform
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.sources import Source
from rekisteri.staging import arrivals, columns, renew, require_counted, staged, usable_key
from rekisteri.statements import load

_BATCH = 50_000
"""Distinct values that are conformed at a time."""
_HETU_MARK = r"\[hetu removed\]"


def conform_pull(conn: psycopg.Connection[Any], pull: Pull, compared: Mapping[str, Compared]) -> None:
    """Conform the distinct values of all entities and make their checked tables.

    Args:
        conn: the warehouse, in a transaction.
        pull: an extracted pull.
        compared: what the comparison of each entity found of which anything was read.
    """
    entry = sources.named(pull.source)
    held = {e: columns(conn, pull.source, e) for e in compared}
    mapping = Identifier("staging", f"{pull.source}__conformed")
    renew(conn, mapping, SQL("format text, raw text, value text, token bytea"))
    _write_mapping(conn, mapping, pull, entry, held, compared)
    conn.execute(SQL("analyze {}").format(mapping))
    parents = {d.references for e in held for d in pulled_columns(ENTITIES[e]).values()}
    arrived = arrivals(conn, pull)
    for entity, names in held.items():
        made = _make_checked(conn, pull, entry, entity, names, mapping, compared[entity].first)
        if compared[entity].first:
            require_counted(pull, entity, arrived[entity], made)
        if entity in parents:
            # Its children look for it by key.
            conn.execute(SQL("create index on {} (source_key)").format(staged(pull.source, entity, "checked")))
        suppression.suppress(conn, pull, entity, names, list(held))


def _write_mapping(
    conn: psycopg.Connection[Any],
    mapping: Identifier,
    pull: Pull,
    entry: Source,
    held: dict[str, list[str]],
    compared: Mapping[str, Compared],
) -> None:
    wanted: dict[str, list[Composable]] = {}
    for entity, names in held.items():
        said = pulled_columns(ENTITIES[entity])
        for name in (n for n in names if said[n].format in CONFORM):
            rows = SQL("select raw.{} as raw from {} as raw {}").format(
                Identifier(name), staged(pull.source, entity), _looked_at(pull, entity, compared[entity].first)
            )
            wanted.setdefault(said[name].format, []).append(rows)
    key = connections.secret("rekisteri_key_tombstone_v1")
    for format_, values in wanted.items():
        statement = load("pull/distinct_values", values=SQL(" union all ").join(values))
        # In batches: a million addresses take no more memory than a thousand.
        with conn.cursor(name="distinct_values") as cursor:
            cursor.execute(statement)
            while batch := cursor.fetchmany(_BATCH):
                _conform_batch(conn, mapping, format_, pd.Series([row[0] for row in batch], dtype="str"), entry, key)


def _conform_batch(
    conn: psycopg.Connection[Any], mapping: Identifier, format_: str, raw: "pd.Series[str]", entry: Source, key: bytes
) -> None:
    made = conform(format_, raw, entry)
    with conn.cursor().copy(SQL("copy {} from stdin").format(mapping)) as copy:
        for given, value in zip(raw, made["value"], strict=True):
            token = pseudonyms.token(key, format_, value) if format_ in IDENTIFIERS and value else None
            copy.write_row((format_, given, value, token))


def _looked_at(pull: Pull, entity: str, first: bool) -> Composable:
    """Return the join that leaves the rows to be looked at; none where nothing was known."""
    if first:
        return SQL("")
    return SQL(
        "inner join {} as compared on raw._row = compared._row and compared.fate in ('fresh', 'waiting')"
    ).format(staged(pull.source, entity, "compared"))


def _make_checked(
    conn: psycopg.Connection[Any],
    pull: Pull,
    entry: Source,
    entity: str,
    names: list[str],
    mapping: Identifier,
    first: bool,
) -> int:
    said = pulled_columns(ENTITIES[entity])
    raw, checked = staged(pull.source, entity), staged(pull.source, entity, "checked")
    expressions = [e for n in said if n != "source_key" for e in typed_cells.expressions(n, said[n], n in names, entry)]
    joins = [
        SQL("left join {mapping} as {m} on {m}.format = {f} and {m}.raw = raw.{c}").format(
            mapping=mapping, m=Identifier(f"m_{n}"), f=Literal(said[n].format), c=Identifier(n)
        )
        for n in names
        if said[n].format in CONFORM
    ]
    made = conn.execute(
        load(
            "pull/checked",
            checked=checked,
            raw=raw,
            usable_key=usable_key(SQL("raw.source_key")),
            only_these=_looked_at(pull, entity, first),
            content_hash=content_hash(pull, names) if first else SQL("compared.content_hash"),
            copies=SQL("1") if first else SQL("compared.copies"),
            expressions=SQL(",\n    ").join(expressions),
            mappings=SQL("\n").join(joins),
        )
    )
    if first:
        conn.execute(load("pull/all_fresh_compared", compared=staged(pull.source, entity, "compared"), checked=checked))
    conn.execute(SQL("analyze {} (_row, source_key)").format(checked))
    _count_hetu(conn, pull, entity, [n for n in names if said[n].format in ("text", "name") and n != "source_key"])
    return made.rowcount


def _count_hetu(conn: psycopg.Connection[Any], pull: Pull, entity: str, texts: list[str]) -> None:
    if not texts:
        return
    marks = SQL(" + ").join(
        SQL("coalesce(regexp_count(checked.{c}, {m}) - regexp_count(raw.{c}, {m}), 0)").format(
            c=Identifier(n), m=Literal(_HETU_MARK)
        )
        for n in texts
    )
    marked = SQL(" or ").join(SQL("position('[hetu removed]' in checked.{}) > 0").format(Identifier(n)) for n in texts)
    raw, checked = staged(pull.source, entity), staged(pull.source, entity, "checked")
    # Counted apart from the note: what changes a table is read by one process only.
    (removed,) = conn.execute(
        load("pull/hetu_count", checked=checked, raw=raw, marks=marks, marked=marked)
    ).fetchone() or (0,)
    conn.execute(load("pull/note_hetu"), {"pull_id": pull.pull_id, "entity": entity, "removed": removed})
