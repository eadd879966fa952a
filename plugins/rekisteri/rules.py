"""Row rules, derived from the model: each as a SQL predicate that refuses and as a GX expectation that counts."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from psycopg import sql
from psycopg.sql import SQL, Composable, Identifier

from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.staging import registered, staged

Kind = Literal["required", "format", "unique", "reference"]


@dataclass(frozen=True)
class Rule:
    """One rule on one column of an entity."""

    kind: Kind
    column: str
    looks_at: str
    """Column of the gate's relation that shows whether the rule holds."""

    @property
    def name(self) -> str:
        """The rule as quarantine, audit and pages name it."""
        return f"{self.kind}:{self.column}"

    def broken(self) -> Composable:
        """Return the SQL condition under which a row of the gate's relation breaks this rule."""
        column = Identifier(self.looks_at)
        if self.kind == "unique":
            return SQL("copies > 1 and source_key is not null")
        return SQL("{} is not null" if self.kind == "format" else "{} is null").format(column)


def rules(entity: str, pulled: Iterable[str]) -> list[Rule]:
    """Return the rules that rows of an entity must keep.

    Args:
        entity: name of the entity.
        pulled: the columns that the source delivers.
    """
    return list(_rules(set(pulled), entity))


def _rules(pulled: set[str], entity: str) -> Iterator[Rule]:
    for name, said in pulled_columns(ENTITIES[entity]).items():
        if name not in pulled:
            continue
        plain = said.format in ("text", "name", "location")
        if said.required:
            yield Rule("required", name, name if plain else f"{name}__given")
        if not plain:
            yield Rule("format", name, f"{name}__reason")
        if said.references:
            yield Rule("reference", name, f"{name}__found")
    yield Rule("unique", "source_key", "source_key")


def found_columns(source: str, entity: str, asked: Iterable[Rule], delivered: Collection[str]) -> Composable:
    """Return the gate's columns that tell whether each reference leads to a row that is, or will be, in the register.

    A row that the register already holds keeps its place though its parent was erased: an invoice outlives its
    customer.

    Args:
        source: name in sources.yaml.
        entity: whose rows.
        asked: the rules.
        delivered: the entities of which the pull read anything.
    """
    parts: list[Composable] = []
    for rule in asked:
        if rule.kind == "reference":
            parent = str(pulled_columns(ENTITIES[entity])[rule.column].references)
            parts.append(_found(source, entity, rule, parent, parent in delivered))
    return sql.Composed(parts)


def _found(source: str, entity: str, rule: Rule, parent: str, arrived: bool) -> Composable:
    column = SQL("checked.{}").format(Identifier(rule.column))
    ways: list[Composable] = [
        SQL("{} is null").format(column),
        SQL("exists (select from {} as held where held.source = {} and held.source_key = {})").format(
            registered(parent), sql.Literal(source), column
        ),
        SQL("exists (select from {} as self where self.source = {} and self.source_key = checked.source_key)").format(
            registered(entity), sql.Literal(source)
        ),
    ]
    if arrived:
        ways.append(
            SQL(
                "exists (select from {} as parent where parent.source_key = {} "
                "and not exists (select from {} as refused where refused._row = parent._row) "
                "and not exists (select from {} as gone where gone._row = parent._row))"
            ).format(
                staged(source, parent, "checked"),
                column,
                staged(source, parent, "refused"),
                staged(source, parent, "suppressed"),
            )
        )
    return SQL(",\n    case when {} then true end as {}").format(SQL(" or ").join(ways), Identifier(rule.looks_at))
