"""Commands about who is who: what ties a record to a subject, what is open for review, and decisions that stick."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from rekisteri.cli.erasing import Staff, tonight
from rekisteri.cli.explaining import KINDS, OTHER, RECORD, explained, of
from rekisteri.cli.output import Json, document, say, table

if TYPE_CHECKING:
    from rekisteri.decisions import Decision, Record

Source = Annotated[str, typer.Argument(help="Source of the record.")]
Entity = Annotated[str, typer.Argument(help="customer, person or prospect.")]
Key = Annotated[str, typer.Argument(help="The record's key in its source.")]
Reason = Annotated[str, typer.Option(help="A code such as asked_customer; no free text.")]


class ExplainsByDefault(TyperGroup):
    """`who <source> <key>` is `who explain <source> <key>`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant."""
        named = not args or args[0] in self.commands
        return super().resolve_command(ctx, args if named else ["explain", *args])


who = typer.Typer(
    cls=ExplainsByDefault, help="Who is who: `who <source> <key>` explains; decisions that stick.", no_args_is_help=True
)


@who.callback(invoke_without_command=True)
def rebuild(
    context: typer.Context,
    anew: Annotated[bool, typer.Option("--rebuild", help="Look at all records anew.")] = False,
    as_json: Json = False,
) -> None:
    """Explain who is who, review it and decide; with --rebuild, say it anew from the whole register."""
    if anew and context.invoked_subcommand:
        raise typer.BadParameter("--rebuild stands alone")
    if anew:
        counts = _link(anew=True)
        if as_json:
            document(counts)
        else:
            table("Who is who", ("what", "count"), [{"what": k, "count": v} for k, v in counts.items()])


@who.command()
def explain(
    source: Source,
    key: Key,
    entity: Annotated[str | None, typer.Option(help="Only this entity; all that have the key.")] = None,
    as_json: Json = False,
) -> None:
    """Tell a record's subject, all records of it, and by which identifiers they are tied; never what these hold."""
    from rekisteri.errors import WarehouseError

    found = explained(source, key, entity)
    if as_json:
        document(found)
        return
    if not found:
        raise WarehouseError(
            f"no record of {source} with this key is tied to a subject; see that source and key are right"
        )
    for subject in found:
        shown = [
            {**record, "tied_by": "; ".join(_told(tie) for tie in record["tied_by"]) or "nothing: it is alone",
             "open_review": ", ".join(record["reviews"])}
            for record in subject["records"]
        ]  # fmt: skip
        table(f"{subject['kind']} {subject['subject_id']}", (*RECORD, "tied_by", "open_review"), shown)
        _show_decisions(subject["decisions"])


@who.command()
def review(as_json: Json = False) -> None:
    """List what is open: records that contradict each other and are left apart; and what was decided."""
    from rekisteri.cli import reading

    found = {name: reading.rows(f"who/{name}", subjects=None) for name in ("reviews", "decisions")}
    if as_json:
        document(found)
        return
    table("Open reviews", ("rule", "led_by", *RECORD, "noted_on"), found["reviews"])
    _show_decisions(found["decisions"])


@who.command()
def merge(
    source: Source, entity: Entity, key: Key, other_source: Source, other_entity: Entity, other_key: Key,
    staff: Staff, reason: Reason = "looked_at", as_json: Json = False,
) -> None:  # fmt: skip
    """Decide that two records are about one person or company, whatever their identifiers."""
    _decide((source, entity, key), (other_source, other_entity, other_key), "merge", reason, staff, as_json)


@who.command()
def apart(
    source: Source, entity: Entity, key: Key, other_source: Source, other_entity: Entity, other_key: Key,
    staff: Staff, reason: Reason = "looked_at", as_json: Json = False,
) -> None:  # fmt: skip
    """Decide that two records are about two, whatever ties them."""
    _decide((source, entity, key), (other_source, other_entity, other_key), "apart", reason, staff, as_json)


@who.command()
def forget(
    source: Source, entity: Entity, key: Key, other_source: Source, other_entity: Entity, other_key: Key,
    staff: Staff, as_json: Json = False,
) -> None:  # fmt: skip
    """Take back what was decided of two records."""
    _decide((source, entity, key), (other_source, other_entity, other_key), None, "", staff, as_json)


def _told(tie: Mapping[str, Any]) -> str:
    return f"{KINDS[tie['kind']]} with " + ", ".join(" ".join(of(record)) for record in tie["with"])


def _show_decisions(decisions: Iterable[Mapping[str, Any]]) -> None:
    rows = [{**one, "record": " ".join(of(one)), "other_record": " ".join(of(one, OTHER))} for one in decisions]
    if rows:
        table("Decisions", ("decision", "record", "other_record", "reason", "staff", "decided_on"), rows)


def _decide(
    one: tuple[str, ...], other: tuple[str, ...], decision: "Decision | None", reason: str, staff: str, as_json: bool
) -> None:
    """Write a decision by the officer's login, or take it back, and carry it out by the pipeline's."""
    from rekisteri import connections, decisions
    from rekisteri.cli.reading import DPO

    first, second = decisions.Record(*one), decisions.Record(*other)
    with connections.connect(DPO, autocommit=True) as conn:
        if decision:
            decisions.decide(conn, first, second, decision, reason=reason, staff=staff, decided_on=tonight())
        else:
            decisions.forget(conn, first, second, staff=staff, forgotten_on=tonight())
    _link()
    joined = _joined(first, second)
    if as_json:
        document({"decision": decision, "joined": joined, "staff": staff})
    else:
        now = "are one subject now" if joined else "are two subjects now"
        if decision == "merge" and not joined:
            now = "stay apart while a contradiction is open: `rekisteri who review`"
        say(f"{decision or 'decision taken back'}, decided by {staff}: {' '.join(one)} and {' '.join(other)} {now}")


def _link(anew: bool = False) -> dict[str, int]:
    from rekisteri import audit, connections, pulls, subjects

    with connections.connect("warehouse", autocommit=True) as conn, pulls.without_values("who is who"):
        counts = subjects.link(conn, tonight(), rebuild=anew)
        audit.keep_head(conn)
    return counts


def _joined(one: "Record", other: "Record") -> bool:
    return any(
        tuple(other) in {of(record) for record in subject["records"]}
        for subject in explained(one.source, one.source_key, one.entity)
    )
