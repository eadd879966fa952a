"""What the gate's relation adds to the checked rows: for each rule a column that shows which row breaks it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from psycopg import sql
from psycopg.sql import SQL, Composable, Identifier

from rekisteri import sources
from rekisteri.model import ENTITIES, MOST_KEY_BYTES, Datum, pulled_columns
from rekisteri.rules import RowRules, Rule, policy
from rekisteri.staging import registered, staged
from rekisteri.statements import load


@dataclass(frozen=True)
class Elsewhere:
    """Where a value must be found: a column of another source's rows in the register."""

    source: str
    entity: str
    column: str


@dataclass(frozen=True)
class Gate:
    """One entity of a pull, as its rows are judged."""

    source: str
    entity: str
    night: date
    delivered: Collection[str]
    """The entities of which the pull read anything."""
    held: Collection[str]
    """The entities, this one and those it refers to, of which the register holds anything from the source."""
    vanished: bool
    """Whether it is listed what is gone at the source."""
    elsewhere: Mapping[str, Elsewhere]
    """By rule: where the values must be found."""

    @cached_property
    def said(self) -> dict[str, Datum]:
        """What the model says of the entity's columns."""
        return pulled_columns(ENTITIES[self.entity])

    @cached_property
    def policy(self) -> RowRules:
        """What a person may change of the rules."""
        return policy()

    def stage(self, stage: str, entity: str = "") -> Identifier:
        """Return the name of a staging table of this pull."""
        return staged(self.source, entity or self.entity, stage)


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
        return _found(gate, rule, str(said.references))
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
        joins.append(_unlike(gate, rule, str(said.named_by)))
        broken, name = SQL("{}._row is not null").format(Identifier(f"{rule.column}__unlike")), "unlike_names"
    else:
        joins.append(_known(gate, rule))
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


def _unlike(gate: Gate, rule: Rule, named_by: str) -> Composable:
    gone = gate.stage("vanished") if gate.vanished else SQL("(select null::text as source_key where false)")
    unlike = load(
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
        unlike, name=Identifier(f"{rule.column}__unlike")
    )


def _known(gate: Gate, rule: Rule) -> Composable:
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


def _found(gate: Gate, rule: Rule, parent: str) -> tuple[Composable, list[Composable]]:
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
