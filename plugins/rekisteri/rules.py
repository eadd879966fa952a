"""Row rules, derived from the model: each as a SQL predicate that refuses and as a GX expectation that counts."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from psycopg import sql
from psycopg.sql import SQL, Composable, Composed, Identifier

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


def gate_parts(source: str, entity: str, asked: Iterable[Rule], delivered: Collection[str]) -> dict[str, Composable]:
    """Return what the gate's relation adds to the checked rows: what is not well formed, what refers to nothing.

    A reference is found where its row is, or will be, in the register. A row that the register already holds keeps
    its place though its parent was erased: an invoice outlives its customer.

    Args:
        source: name in sources.yaml.
        entity: whose rows.
        asked: the rules.
        delivered: the entities of which the pull read anything.

    Returns:
        ``columns`` and ``joins`` of include/sql/quality/gate.sql.
    """
    columns: list[Composable] = [SQL("")]
    joins: list[Composable] = []
    references = False
    for rule in asked:
        name = Identifier(rule.column)
        if rule.kind == "format":
            columns.append(
                SQL("case when checked.{} and checked.{} is null then 'not_well_formed' end as {}").format(
                    Identifier(f"{rule.column}__given"), name, Identifier(rule.looks_at)
                )
            )
        if rule.kind == "reference":
            references = True
            parent = str(pulled_columns(ENTITIES[entity])[rule.column].references)
            column, join = _found(source, rule, parent, parent in delivered)
            columns.append(column)
            joins.append(join)
    if references:
        joins.append(
            SQL("left join {} as self on self.source = {} and checked.source_key = self.source_key").format(
                registered(entity), sql.Literal(source)
            )
        )
    return {"columns": SQL(",\n    ").join(columns), "joins": SQL("\n").join(joins)}


def _found(source: str, rule: Rule, parent: str, arrived: bool) -> tuple[Composed, Composed]:
    column = SQL("checked.{}").format(Identifier(rule.column))
    held, new = Identifier(f"{rule.column}__held"), Identifier(f"{rule.column}__new")
    # Joins, not a question for each row: each parent is looked up once, whatever their number.
    join = SQL("left join {} as {held} on {held}.source = {} and {} = {held}.source_key").format(
        registered(parent), sql.Literal(source), column, held=held
    )
    ways = SQL("{} is null or {}.source_key is not null or self.source_key is not null").format(column, held)
    if arrived:
        join += SQL(
            "\nleft join (select parent.source_key from {} as parent where parent.copies = 1 "
            "and not exists (select from {} as refused where refused._row = parent._row) "
            "and not exists (select from {} as gone where gone._row = parent._row)) as {new} "
            "on {} = {new}.source_key"
        ).format(
            staged(source, parent, "checked"),
            staged(source, parent, "refused"),
            staged(source, parent, "suppressed"),
            column,
            new=new,
        )
        ways += SQL(" or {}.source_key is not null").format(new)
    return SQL("case when {} then true end as {}").format(ways, Identifier(rule.looks_at)), join
