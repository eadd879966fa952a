"""The relations of a pull between arrival and gates: compared (what changed), checked (conformed), suppressed."""

from collections.abc import Collection, Iterator
from typing import Any, LiteralString

import pandas as pd
import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import connections, pseudonyms, sources
from rekisteri.conforming import CONFORM, IDENTIFIERS, conform
from rekisteri.model import ENTITIES, Datum, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.sources import Source
from rekisteri.staging import columns, registered, renew, staged, touched
from rekisteri.statements import load

_HETU_MARK = r"\[hetu removed\]"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_OFFSET = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_ISO_TIMESTAMP = rf"{_TIME}({_OFFSET[:-1]})?$"
"""A zone's name has no place in it: PostgreSQL would read the rest as local time and say nothing."""
_READ_BY_POSTGRES: dict[str, LiteralString] = {"integer": "integer", "boolean": "boolean", "timestamp": "timestamptz"}


def conform_pull(conn: psycopg.Connection[Any], pull: Pull) -> None:
    """Conform the distinct values of all entities and make their checked tables.

    Args:
        conn: the warehouse, in a transaction.
        pull: an extracted pull whose entities were compared.
    """
    entry = sources.named(pull.source)
    held = {e: columns(conn, pull.source, e) for e in touched(conn, pull)}
    mapping = Identifier("staging", f"{pull.source}__conformed")
    renew(conn, mapping, SQL("format text, raw text, value text, reason text, token bytea"))
    _write_mapping(conn, mapping, pull, entry, held)
    conn.execute(SQL("analyze {}").format(mapping))
    for entity, names in held.items():
        _make_checked(conn, pull, entry, entity, names, mapping)
        suppress(conn, pull, entity, names, list(held))


def _write_mapping(
    conn: psycopg.Connection[Any], mapping: Identifier, pull: Pull, entry: Source, held: dict[str, list[str]]
) -> None:
    found: dict[str, set[str]] = {}
    for entity, names in held.items():
        said = pulled_columns(ENTITIES[entity])
        for name in (n for n in names if said[n].format in CONFORM):
            statement = load(
                "pull/distinct_values",
                raw=staged(pull.source, entity),
                compared=staged(pull.source, entity, "compared"),
                column=Identifier(name),
            )
            values = found.setdefault(said[name].format, set())
            values.update(row[1] for row in conn.execute(statement, {"format": said[name].format}))
    key = connections.secret("rekisteri_key_tombstone_v1")
    with conn.cursor().copy(SQL("copy {} from stdin").format(mapping)) as copy:
        for format_, values in found.items():
            raw = pd.Series(sorted(values), dtype="str")
            made = conform(format_, raw, entry)
            for given, value, reason in zip(raw, made["value"], made["reason"], strict=True):
                token = pseudonyms.token(key, format_, value) if format_ in IDENTIFIERS and value else None
                copy.write_row((format_, given, value, reason, token))


def _make_checked(
    conn: psycopg.Connection[Any],
    pull: Pull,
    entry: Source,
    entity: str,
    names: list[str],
    mapping: Identifier,
) -> None:
    said = pulled_columns(ENTITIES[entity])
    raw, checked = staged(pull.source, entity), staged(pull.source, entity, "checked")
    expressions = [e for n in said if n != "source_key" for e in _expressions(n, said[n], n in names, entry)]
    joins = [
        SQL("left join {mapping} as {m} on {m}.format = {f} and {m}.raw = raw.{c}").format(
            mapping=mapping, m=Identifier(f"m_{n}"), f=Literal(said[n].format), c=Identifier(n)
        )
        for n in names
        if said[n].format in CONFORM
    ]
    conn.execute(SQL("drop table if exists {} cascade").format(checked))
    conn.execute(
        load(
            "pull/checked",
            checked=checked,
            raw=raw,
            compared=staged(pull.source, entity, "compared"),
            expressions=SQL(",\n    ").join(expressions),
            mappings=SQL("\n").join(joins),
        )
    )
    conn.execute(SQL("create index on {} (source_key)").format(checked))
    conn.execute(SQL("analyze {}").format(checked))
    texts = [n for n in names if said[n].format in ("text", "name") and n != "source_key"]
    if texts:
        marks = SQL(" + ").join(
            SQL("coalesce(regexp_count(checked.{c}, {m}) - regexp_count(raw.{c}, {m}), 0)").format(
                c=Identifier(n), m=Literal(_HETU_MARK)
            )
            for n in texts
        )
        conn.execute(
            load("pull/hetu_count", checked=checked, raw=raw, marks=marks),
            {"pull_id": pull.pull_id, "entity": entity},
        )


def _expressions(name: str, said: Datum, pulled: bool, entry: Source) -> Iterator[Composable]:
    column = SQL("raw.{}").format(Identifier(name))
    given = SQL("nullif({}, '')").format(column)
    if not pulled:
        kind = ENTITIES_TYPES[said.format]
        default = Literal(entry.controller) if name == "controller" else SQL("null")
        yield SQL("{}::{} as {}").format(default, SQL(kind), Identifier(name))
        return
    if name == "controller":
        yield SQL("coalesce({}, {}) as controller").format(given, Literal(entry.controller))
        return
    if said.format in ("text", "name", "location"):
        # A key ties rows together and is no text that people write; a code in it would break the tie, not protect.
        free = said.format != "location" and not said.references
        yield (SQL("staging.remove_hetu({}) as {}") if free else SQL("{} as {}")).format(given, Identifier(name))
        return
    value, reason = _read(said, given, column, name, entry)
    yield SQL("{} as {}").format(value, Identifier(name))
    yield SQL("{} as {}").format(reason, Identifier(f"{name}__reason"))
    if said.required:
        yield SQL("case when {} is not null then true end as {}").format(given, Identifier(f"{name}__given"))
    if said.format in IDENTIFIERS:
        yield SQL("{}.token as {}").format(Identifier(f"m_{name}"), Identifier(f"{name}__token"))


def _read(
    said: Datum, given: Composable, column: Composable, name: str, entry: Source
) -> tuple[Composable, Composable]:
    if said.format in CONFORM:
        mapped = Identifier(f"m_{name}")
        kind = SQL(ENTITIES_TYPES[said.format])
        return SQL("{}.value::{}").format(mapped, kind), SQL("{}.reason").format(mapped)
    if said.format == "code":
        sound = SQL("{} in ({})").format(column, SQL(", ").join(Literal(v) for v in said.values))
        cast_: Composable = column
    else:
        kind = SQL(_READ_BY_POSTGRES[said.format])
        sound = SQL("pg_input_is_valid({}, {})").format(column, Literal(_READ_BY_POSTGRES[said.format]))
        cast_ = SQL("{}::{}").format(column, kind)
    if said.format == "timestamp":
        sound = SQL("{} ~ {} and {}").format(column, Literal(_ISO_TIMESTAMP), sound)
        cast_ = SQL("case when {c} ~ {o} then {c}::timestamptz else {c}::timestamp at time zone {z} end").format(
            c=column, o=Literal(_OFFSET), z=Literal(entry.timezone)
        )
    value = SQL("case when {} then {} end").format(sound, cast_)
    reason = SQL("case when {} is not null and not ({}) then 'not_well_formed' end").format(given, sound)
    return value, reason


def suppress(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, names: list[str], delivered: Collection[str]
) -> None:
    """Mark the checked rows that a tombstone, their own or their parent's, keeps out of the register.

    Args:
        conn: the warehouse.
        pull: the pull.
        entity: whose rows.
        names: its columns that were pulled.
        delivered: the entities of which the pull read anything.
    """
    said = pulled_columns(ENTITIES[entity])
    made = {
        "suppressed": staged(pull.source, entity, "suppressed"),
        "checked": staged(pull.source, entity, "checked"),
        "register": registered(entity),
    }
    renew(conn, made["suppressed"], SQL("_row bigint primary key, cause text"))
    renew(conn, staged(pull.source, entity, "refused"), SQL("_row bigint primary key, gate text, rules text[]"))
    identifiers = [n for n in names if said[n].format in IDENTIFIERS]
    # A customer's billing contact is no subject of its own: the billing profile follows its customer.
    if identifiers and not any(d.references for d in said.values()):
        tokens = SQL(", ").join(
            SQL("({}, checked.{})").format(Literal(said[n].format), Identifier(f"{n}__token")) for n in identifiers
        )
        conn.execute(load("pull/suppress_identifier", tokens=tokens, **made), {"source": pull.source})
    for name in (n for n in names if said[n].references):
        parent = str(said[name].references)
        conn.execute(
            load(
                "pull/suppress_parent",
                column=Identifier(name),
                parent_suppressed=_parent_suppressed(pull.source, parent, name)
                if parent in delivered
                else SQL("false"),
                **made,
            ),
            {"source": pull.source, "parent": parent},
        )
    conn.execute(load("pull/suppress_copies", checked=made["checked"], suppressed=made["suppressed"]))


def _parent_suppressed(source: str, parent: str, column: str) -> Composable:
    return SQL(
        "exists (select from {checked} as parent inner join {suppressed} as gone on parent._row = gone._row "
        "where parent.source_key = checked.{column})"
    ).format(
        checked=staged(source, parent, "checked"),
        suppressed=staged(source, parent, "suppressed"),
        column=Identifier(column),
    )


ENTITIES_TYPES: dict[str, LiteralString] = {
    "date": "date",
    "timestamp": "timestamptz",
    "money": "numeric(14, 2)",
    "integer": "integer",
    "boolean": "boolean",
} | dict.fromkeys(
    ("text", "code", "name", "email", "phone", "y_tunnus", "country", "postal_code", "iban", "reference", "location"),
    "text",
)
