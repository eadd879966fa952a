"""The command that shows one refused row: what refuses it, what to do, and what waits for it."""

from typing import TYPE_CHECKING, Annotated

import typer

from rekisteri.cli.choosing import Entity, Id, Key, Source, chosen
from rekisteri.cli.erasing import tonight
from rekisteri.cli.output import Json, document, say, table

if TYPE_CHECKING:
    from rekisteri.quarantine.looking import WaitedForBy
    from rekisteri.residency.refusals import Refusal

_SHOWN = (
    "source", "entity", "source_key", "rules", "waits_for", "held", "first_refused_on", "expires_on", "state",
)  # fmt: skip


def show(
    quarantine_id: Id = None,
    source: Source = "",
    entity: Entity = "",
    key: Key = "",
    values: Annotated[bool, typer.Option("--values", help="Also what the row holds; who looked is noted.")] = False,
    staff: Annotated[str, typer.Option(help="Id of the approver who looks at the values.")] = "",
    as_json: Json = False,
) -> None:
    """Tell of one row which rules refuse it, what to do and what waits for it; with --values, what it holds."""
    from dataclasses import asdict

    from rekisteri import connections
    from rekisteri.cli.reading import DPO
    from rekisteri.quarantine import deciding, looking, telling
    from rekisteri.residency import gate, refusals

    if values and not staff:
        raise typer.BadParameter("--staff is needed with --values: who looks is noted")
    with connections.connect(DPO, autocommit=True) as conn:
        number = chosen(conn, quarantine_id, source, entity, key)
        row = deciding.one(conn, number)
        found = looking.listed(conn, ids=[number], rejected=True)[0]
        waited_for_by = looking.waited_for_by(conn, number)
        located = refusals.of_rows(conn, [number], tonight()).get(number) if row["gate"] == gate.GATE else None
        content = looking.values(conn, number, staff=staff, on=tonight()) if values else None
    rules = [
        {
            "rule": rule,
            **telling.explain_of(row["source"], row["entity"], rule)._asdict(),
            "may_be_overruled": _overruled(row["entity"], rule),
        }
        for rule in found["rules"]
    ]
    if as_json:
        decision = {name: row[name] for name in ("decision", "reason", "staff", "decided_on")}
        more = ({"located": asdict(located)} if located else {}) | ({"values": content} if values else {})
        waiting = {"waited_for_by": waited_for_by.rows, "waited_for_by_total": waited_for_by.total}
        document(found | {"rules": rules, "decided": decision} | waiting | more)
        return
    table(f"Row {number}", _SHOWN, [found | {"rules": ", ".join(found["rules"])}])
    table("What refuses it", ("rule", "meaning", "remedy", "may_be_overruled"), rules)
    if located:
        _show_located(located)
    _show_waited_for_by(waited_for_by)
    if row["decision"]:
        say(f"{row['decision']} was decided by {row['staff']} on {row['decided_on']}: {row['reason']}")
    if content is not None:
        table("What it holds", ("column", "value"), [{"column": k, "value": v} for k, v in sorted(content.items())])


def _show_waited_for_by(found: "WaitedForBy") -> None:
    if not found.rows:
        say("\nNo row waits for it.")
        return
    shown = [row | {"rules": ", ".join(row["rules"])} for row in found.rows]
    table("Waits for it", ("source", "entity", "source_key", "rules"), shown)
    if found.total > len(shown):
        say(f"and {found.total - len(shown)} further row(s)")
    say("\nIt is judged again when this row comes in; what only waits for this row comes in with it.")


def _show_located(found: "Refusal") -> None:
    from rekisteri.residency.refusals import WITHHELD

    table("Where it lies", ("place", "case", "country", "because"), [vars(found)])
    if found.withheld:
        say(f"\n{WITHHELD}.")
    if found.missing:
        table("Whose consent is missing", ("who", "told"), map(vars, found.missing))
    say(f"\n{found.remedy}")


def _overruled(entity: str, rule: str) -> str:
    from rekisteri.quarantine import overruling

    why = overruling.may_overrule(entity, rule)
    return f"no: {why}" if why else "yes: `rekisteri quarantine release`"
