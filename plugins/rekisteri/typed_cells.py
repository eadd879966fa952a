"""What becomes of a raw cell: the SQL expressions of its typed value, null where the text is not well formed."""

from collections.abc import Iterator
from typing import LiteralString

from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri.conforming import CONFORM, IDENTIFIERS
from rekisteri.model import Datum
from rekisteri.sources import Source

_MOMENT, _LOCAL = "____-__-__ __:__:__+00", "____-__-__ __:__:__"
"""What most timestamps look like: told by LIKE in a tenth of the time that an expression takes."""
_SIX_DIGITS = "[0-9]{6}"
"""Every personal identity code holds them: a text without is not searched further."""
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_OFFSET = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_ISO_TIMESTAMP = rf"{_TIME}({_OFFSET[:-1]})?$"
"""A zone's name has no place in it: PostgreSQL would read the rest as local time and say nothing."""
_READ_BY_POSTGRES: dict[str, LiteralString] = {"integer": "integer", "boolean": "boolean"}
_TYPES: dict[str, LiteralString] = {
    "date": "date",
    "timestamp": "timestamptz",
    "money": "numeric(14, 2)",
    "integer": "integer",
    "boolean": "boolean",
} | dict.fromkeys(
    ("text", "code", "name", "email", "phone", "y_tunnus", "country", "postal_code", "iban", "reference", "location"),
    "text",
)
"""What the warehouse keeps a format's values as."""


def expressions(name: str, said: Datum, pulled: bool, entry: Source) -> Iterator[Composable]:
    """Yield what the checked rows hold of a column: its value, whether anything was given, and its token.

    Args:
        name: of the column.
        said: what the model says of it.
        pulled: whether the source's SELECT delivers it.
        entry: the source's entry in sources.yaml.
    """
    column = SQL("raw.{}").format(Identifier(name))
    given = SQL("nullif({}, '')").format(column)
    if not pulled:
        kind = _TYPES[said.format]
        default = Literal(entry.controller) if name == "controller" else SQL("null")
        yield SQL("{}::{} as {}").format(default, SQL(kind), Identifier(name))
        return
    if name == "controller":
        yield SQL("coalesce({}, {}) as controller").format(given, Literal(entry.controller))
        return
    if said.format in ("text", "name", "location"):
        # A key ties rows together and is no text that people write; a code in it would break the tie, not protect.
        free = said.format != "location" and not said.references
        if free:
            given = SQL("case when {c} ~ {d} then staging.remove_hetu({c}) else {g} end").format(
                c=column, d=Literal(_SIX_DIGITS), g=given
            )
        yield SQL("{} as {}").format(given, Identifier(name))
        return
    yield SQL("{} as {}").format(_read(said, column, name, entry), Identifier(name))
    # Beside a value: whether there was anything to read. Given and yet without a value, it is not well formed.
    yield SQL("case when {} <> '' then true end as {}").format(column, Identifier(f"{name}__given"))
    if said.format in IDENTIFIERS:
        yield SQL("{}.token as {}").format(Identifier(f"m_{name}"), Identifier(f"{name}__token"))


def _read(said: Datum, column: Composable, name: str, entry: Source) -> Composable:
    """Return the expression of a column's typed value; null where the text is not well formed."""
    if said.format in CONFORM:
        return SQL("{}.value::{}").format(Identifier(f"m_{name}"), SQL(_TYPES[said.format]))
    if said.format == "code":
        return SQL("case when {c} in ({v}) then {c} end").format(c=column, v=SQL(", ").join(map(Literal, said.values)))
    if said.format == "timestamp":
        return _moment(column, entry)
    kind = _READ_BY_POSTGRES[said.format]
    return SQL("case when pg_input_is_valid({c}, {k}) then {c}::{kind} end").format(
        c=column, k=Literal(kind), kind=SQL(kind)
    )


def _moment(column: Composable, entry: Source) -> Composable:
    absolute = SQL("{}::timestamptz").format(column)
    local = SQL("{}::timestamp at time zone {}").format(column, Literal(entry.timezone))
    return SQL(
        "case when not pg_input_is_valid({c}, 'timestamptz') then null when {c} like {moment} then {absolute} "
        "when {c} like {local_form} then {local} when {c} !~ {iso} then null when {c} ~ {offset} then {absolute} "
        "else {local} end"
    ).format(
        c=column,
        moment=Literal(_MOMENT),
        local_form=Literal(_LOCAL),
        iso=Literal(_ISO_TIMESTAMP),
        offset=Literal(_OFFSET),
        absolute=absolute,
        local=local,
    )
