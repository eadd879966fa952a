"""How a command says which quarantined rows it means: a number or a key, and names that are known."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import psycopg

Id = Annotated[
    int | None,
    typer.Argument(help="The row's number, as `quarantine list` shows it; or name it by --source, --entity and --key."),
]
Source = Annotated[str, typer.Option(help="Source of the row, where no number is given.")]
Entity = Annotated[str, typer.Option(help="Entity of the row, where no number is given.")]
Key = Annotated[str, typer.Option(help="The row's key in its source, where no number is given.")]


def chosen(conn: "psycopg.Connection[Any]", number: int | None, source: str, entity: str, key: str) -> int:
    """Return the number of the row that is meant.

    Args:
        conn: any login that may read quarantine.
        number: its number, where it was given.
        source: else of the row.
        entity: of the row.
        key: of the row.

    Raises:
        UsageError: neither a number nor all three.
        DecisionRefused: there is no such row, or more than one.
    """
    from rekisteri.quarantine import looking

    by_key = (source, entity, key)
    if number is not None and any(by_key):
        raise typer.BadParameter("name the row by its number or by --source, --entity and --key, not by both")
    if number is not None:
        return number
    if not all(by_key):
        raise typer.BadParameter("name the row by its number, or by all of --source, --entity and --key")
    require_known(conn, None, source, entity)
    return looking.find(conn, source, entity, key)


def require_known(conn: "psycopg.Connection[Any]", rule: str | None, source: str | None, entity: str | None) -> None:
    """Refuse a name that no row can have: a mistyped one would look like an empty quarantine.

    Args:
        conn: any login that may read quarantine.
        rule: a whole name or a kind; None for any.
        source: None for any.
        entity: None for any.

    Raises:
        BadParameter: it is not known; the message has those that are.
    """
    from rekisteri import sources
    from rekisteri.model import ENTITIES, pulled_columns
    from rekisteri.remedies import REMEDIES
    from rekisteri.statements import load

    seen = conn.execute(load("quarantine/known_names")).fetchall()
    if source is not None:
        _require("source", source, {*sources.read(), *(row[0] for row in seen)})
    if entity is not None:
        _require("entity", entity, {*ENTITIES, *(row[1] for row in seen)})
    if rule is None or rule in (names := {row[2] for row in seen}):
        return
    kinds = {*REMEDIES, *(name.partition(":")[0] for name in names)}
    kind, _, column = rule.partition(":")
    if column and kind in kinds and any(column in pulled_columns(table) for table in ENTITIES.values()):
        return
    # Of a kind that is known, its rules help more than all kinds do.
    of_kind = {name for name in names if name.startswith(f"{kind}:")} if column else set()
    _require("rule", rule, of_kind or kinds)


def _require(what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise typer.BadParameter(f"no {what} {name!r} is known; there are {', '.join(sorted(known))}")
