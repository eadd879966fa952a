"""What the gate's relation looks up beside the row itself: parents, other sources' rows, other bearers of an id."""

from psycopg import sql
from psycopg.sql import SQL, Composable, Identifier

from rekisteri.gate_entity import Gate
from rekisteri.rules import Rule
from rekisteri.staging import registered
from rekisteri.statements import load


def unlike(gate: Gate, rule: Rule, named_by: str) -> Composable:
    """Return the join that finds the rows whose id another row bears under an unlike name.

    Args:
        gate: whose rows.
        rule: of kind ``contradiction``, on the column of the id.
        named_by: the column of the name.
    """
    gone = gate.stage("vanished") if gate.vanished else SQL("(select null::text as source_key where false)")
    named_unlike = load(
        "quality/unlike_names",
        checked=gate.stage("checked"),
        suppressed=gate.stage("suppressed"),
        register=registered(gate.entity),
        source=sql.Literal(gate.source),
        claimed=Identifier(rule.column),
        named=Identifier(named_by),
        gone=gone,
        forms=sql.Literal(list(gate.policy.legal_forms)),
    )
    return SQL("left join (\n{}) as {name} on checked._row = {name}._row").format(
        named_unlike, name=Identifier(f"{rule.column}__unlike")
    )


def known(gate: Gate, rule: Rule) -> Composable:
    """Return the join that finds a column's value among another source's rows."""
    at = gate.elsewhere[rule.name]
    return SQL(
        "left join (select distinct known.{column} as value from {register} as known where known.source = {source} "
        "and known.{column} is not null and known.vanished_pull is null) as {name} on checked.{own} = {name}.value"
    ).format(
        column=Identifier(at.column),
        register=registered(at.entity),
        source=sql.Literal(at.source),
        own=Identifier(rule.column),
        name=Identifier(f"{rule.column}__known"),
    )


def found(gate: Gate, rule: Rule, parent: str) -> tuple[Composable, list[Composable]]:
    """Return the expression that is true where the row that a column refers to is, or will be, in the register.

    Args:
        gate: whose rows.
        rule: of kind ``reference``.
        parent: the entity that the column refers to.

    Returns:
        The expression, and the joins that it needs.
    """
    column = SQL("checked.{}").format(Identifier(rule.column))
    ways: list[Composable] = [SQL("{} is null").format(column)]
    joins: list[Composable] = []
    # Joins, not a question for each row: each parent is looked up once, whatever their number.
    if parent in gate.held:
        name = Identifier(f"{rule.column}__held")
        joins.append(
            SQL("left join {} as {name} on {name}.source = {} and {} = {name}.source_key").format(
                registered(parent), sql.Literal(gate.source), column, name=name
            )
        )
        ways.append(SQL("{}.source_key is not null").format(name))
    if gate.entity in gate.held:
        ways.append(SQL("self.source_key is not null"))
    if parent in gate.delivered:
        name = Identifier(f"{rule.column}__new")
        endings = [d.ends_with[1] for d in gate.said.values() if d.ends_with and d.ends_with[0] == rule.column]
        wanted = SQL(", ").join(SQL("parent.{}").format(Identifier(n)) for n in ("source_key", *endings))
        joins.append(
            SQL(
                "left join (select {} from {} as parent where parent.copies = 1 "
                "and not exists (select from {} as refused where refused._row = parent._row) "
                "and not exists (select from {} as gone where gone._row = parent._row)) as {name} "
                "on {} = {name}.source_key"
            ).format(wanted, *(gate.stage(s, parent) for s in ("checked", "refused", "suppressed")), column, name=name)
        )
        ways.append(SQL("{}.source_key is not null").format(name))
    return SQL("case when {} then true end").format(SQL(" or ").join(ways)), joins
