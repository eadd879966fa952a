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
        return SQL("{} is not null" if self.expects_null else "{} is null").format(Identifier(self.looks_at))

    @property
    def expects_null(self) -> bool:
        """Whether a row keeps the rule where that column holds nothing."""
        return self.kind in ("format", "unique")


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
    yield Rule("unique", "source_key", "source_key__doubled")


def gate_parts(
    source: str, entity: str, asked: Iterable[Rule], delivered: Collection[str], held: Collection[str]
) -> dict[str, Composable]:
    """Return what the gate's relation adds to the checked rows: what is not well formed, what refers to nothing.

    A reference is found where its row is, or will be, in the register. A row that the register already holds keeps
    its place though its parent was erased: an invoice outlives its customer.

    Args:
        source: name in sources.yaml.
        entity: whose rows.
        asked: the rules.
        delivered: the entities of which the pull read anything.
        held: the entities of which the register holds anything from the source.

    Returns:
        ``found`` and ``joins`` of include/sql/quality/gate.sql.
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
        if rule.kind == "unique":
            columns.append(
                SQL("case when checked.copies > 1 and checked.source_key is not null then 'doubled' end as {}").format(
                    Identifier(rule.looks_at)
                )
            )
        if rule.kind == "reference":
            references = True
            parent = str(pulled_columns(ENTITIES[entity])[rule.column].references)
            column, join = _found(source, rule, parent, parent in delivered, parent in held, entity in held)
            columns.append(column)
            joins.append(join)
    if references and entity in held:
        joins.append(
            SQL("left join {} as self on self.source = {} and checked.source_key = self.source_key").format(
                registered(entity), sql.Literal(source)
            )
        )
    return {"found": SQL(",\n    ").join(columns), "joins": SQL("\n").join(joins)}


def _found(
    source: str, rule: Rule, parent: str, arrived: bool, held: bool, itself: bool
) -> tuple[Composable, Composable]:
    column = SQL("checked.{}").format(Identifier(rule.column))
    ways: list[Composable] = [SQL("{} is null").format(column)]
    joins: list[Composable] = []
    # Joins, not a question for each row: each parent is looked up once, whatever their number.
    if held:
        name = Identifier(f"{rule.column}__held")
        joins.append(
            SQL("left join {} as {name} on {name}.source = {} and {} = {name}.source_key").format(
                registered(parent), sql.Literal(source), column, name=name
            )
        )
        ways.append(SQL("{}.source_key is not null").format(name))
    if itself:
        ways.append(SQL("self.source_key is not null"))
    if arrived:
        name = Identifier(f"{rule.column}__new")
        joins.append(
            SQL(
                "left join (select parent.source_key from {} as parent where parent.copies = 1 "
                "and not exists (select from {} as refused where refused._row = parent._row) "
                "and not exists (select from {} as gone where gone._row = parent._row)) as {name} "
                "on {} = {name}.source_key"
            ).format(*(staged(source, parent, s) for s in ("checked", "refused", "suppressed")), column, name=name)
        )
        ways.append(SQL("{}.source_key is not null").format(name))
    found = SQL("case when {} then true end as {}").format(SQL(" or ").join(ways), Identifier(rule.looks_at))
    return found, SQL("\n").join(joins)
