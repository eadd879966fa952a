"""What the gate's relation adds to the checked rows: for each rule a column that shows which row breaks it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from psycopg import sql
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import gate_joins, sources
from rekisteri.gate_entity import Gate
from rekisteri.model import MOST_KEY_BYTES, Datum
from rekisteri.rules import Rule
from rekisteri.staging import registered


def gate_parts(gate: Gate, asked: Iterable[Rule]) -> dict[str, Composable]:
    """Return what the gate's relation adds to the checked rows: a column for each rule that needs one, and its joins.

    A reference is found where its row is, or will be, in the register. A row that the register already holds keeps
    its place though its parent was erased: an invoice outlives its customer.

    Args:
        gate: whose rows.
        asked: the rules.

    Returns:
        ``found`` and ``joins`` of include/sql/quality/gate.sql.
    """
    columns: list[Composable] = [SQL("")]
    joins: list[Composable] = []
    rules = list(asked)
    for rule in rules:
        shows, wanted = _shown(gate, rule)
        if shows is not None:
            columns.append(SQL("{} as {}").format(shows, Identifier(rule.looks_at)))
        joins += wanted
    if gate.entity in gate.held and any(rule.kind == "reference" for rule in rules):
        joins.append(
            SQL("left join {} as self on self.source = {} and checked.source_key = self.source_key").format(
                registered(gate.entity), sql.Literal(gate.source)
            )
        )
    return {"found": SQL(",\n    ").join(columns), "joins": SQL("\n").join(joins)}


def _shown(gate: Gate, rule: Rule) -> tuple[Composable | None, list[Composable]]:
    """Return the expression that shows a rule's verdict, none where a column of the row itself does, and its joins."""
    column, said = SQL("checked.{}").format(Identifier(rule.column)), gate.said[rule.column]
    joins: list[Composable] = []
    broken: Composable
    if rule.name == "required:source_key":
        # One that is oversized is no key, but was given.
        return SQL("coalesce(checked.source_key, checked.source_key__oversized)"), joins
    if rule.kind == "required" or rule.name == "oversized:source_key":
        return None, joins
    if rule.kind == "reference":
        return gate_joins.found(gate, rule, str(said.references))
    if rule.kind == "format":
        given = SQL("checked.{}").format(Identifier(f"{rule.column}__given"))
        broken, name = SQL("{} and {} is null").format(given, column), "not_well_formed"
    elif rule.kind == "unique":
        broken, name = SQL("checked.copies > 1 and checked.source_key is not null"), "doubled"
    elif rule.kind == "length":
        # Bytes first: they are known without reading the text.
        broken = SQL("octet_length({c}) > {n} and char_length({c}) > {n}").format(c=column, n=said.longest_text)
        name = "too_long"
    elif rule.kind == "oversized":
        broken, name = SQL("octet_length({}) > {}").format(column, sql.Literal(MOST_KEY_BYTES)), "too_many_bytes"
    elif rule.kind == "order":
        broken, name = _out_of_order(gate, rule.column, said), "too_early"
    elif rule.kind == "future":
        broken, name = SQL("{} >= {}").format(column, _too_late(gate, said)), "too_late"
    elif rule.kind == "ended":
        broken, name = _left_open(gate, rule.column, said), "left_open"
    elif rule.kind == "contradiction":
        joins.append(gate_joins.unlike(gate, rule, str(said.named_by)))
        broken, name = SQL("{}._row is not null").format(Identifier(f"{rule.column}__unlike")), "unlike_names"
    else:
        joins.append(gate_joins.known(gate, rule))
        known = Identifier(f"{rule.column}__known")
        broken, name = SQL("{} is not null and {}.value is null").format(column, known), "unknown"
    return SQL("case when {} then {} end").format(broken, sql.Literal(name)), joins


def _day(gate: Gate, column: str) -> Composable:
    """Return the day of a date, or of a timestamp where the source is."""
    of = SQL("checked.{}").format(Identifier(column))
    if gate.said[column].format == "date":
        return of
    return SQL("({} at time zone {})::date").format(of, sql.Literal(sources.named(gate.source).timezone))


def _out_of_order(gate: Gate, column: str, said: Datum) -> Composable:
    first = str(said.not_before)
    if said.format == gate.said[first].format:
        return SQL("checked.{} < checked.{}").format(Identifier(column), Identifier(first))
    return SQL("{} < {}").format(_day(gate, column), _day(gate, first))


def _too_late(gate: Gate, said: Datum) -> Composable:
    """Return the first day, or moment, that a column may no longer bear."""
    if said.happened:
        day = gate.night + timedelta(days=gate.policy.happened_days + 1)
    else:
        # Counted from the month's first day: 29 February is not in every year.
        day = date(gate.night.year + gate.policy.planned_years, gate.night.month, 1) + timedelta(days=gate.night.day)
    if said.format == "date":
        return SQL("{}::date").format(sql.Literal(day.isoformat()))
    moment = datetime.combine(day, time(), tzinfo=sources.named(gate.source).zone)
    return SQL("{}::timestamptz").format(sql.Literal(moment.isoformat()))


def _left_open(gate: Gate, column: str, said: Datum) -> Composable:
    """Return whether a row goes on though what it belongs to has ended before the night."""
    reference, ending = said.ends_with or ("", "")
    parent = str(gate.said[reference].references)
    end: Composable = SQL("null::date")
    if parent in gate.held:
        end = SQL("{}.{}").format(Identifier(f"{reference}__held"), Identifier(ending))
    if parent in gate.delivered:
        new = Identifier(f"{reference}__new")
        # The parent's row of this pull is the newer one, where it is sound.
        end = SQL("case when {new}.source_key is not null then {new}.{ending} else {end} end").format(
            new=new, ending=Identifier(ending), end=end
        )
    night = sql.Literal(gate.night.isoformat())
    # A day that cannot be read is refused for that.
    return SQL("coalesce({day} > {night}::date, checked.{given} is null) and ({end}) < {night}::date").format(
        day=_day(gate, column), night=night, given=Identifier(f"{column}__given"), end=end
    )
