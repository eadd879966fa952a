"""Commands of the data protection officer: erasure plans and legal holds."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from rekisteri.cli.output import Json, document, say, table

erasure = typer.Typer(help="What is due, and who approved it.", no_args_is_help=True)
hold = typer.Typer(help="Legal holds: named, dated stops on erasing.", no_args_is_help=True)

Checksum = Annotated[str, typer.Argument(help="The plan's checksum, or its leading digits.")]
Staff = Annotated[str, typer.Option(help="Id of the member of staff who decides; no name, no address.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def tonight() -> date:
    """Return the night that it is; the frozen one of a demo."""
    from zoneinfo import ZoneInfo

    from rekisteri import connections

    frozen = connections.variable("rekisteri_as_of")
    return date.fromisoformat(frozen) if frozen else datetime.now(ZoneInfo("Europe/Helsinki")).date()


def _found(checksum: str) -> dict[str, Any]:
    """Return the one plan whose checksum begins so.

    Raises:
        ErasureRefused: there is none, or more than one.
    """
    from rekisteri.cli import reading
    from rekisteri.errors import ErasureRefused

    found = reading.rows("status/plans", checksum=checksum.lower())
    if not checksum or len(found) != 1:
        raise ErasureRefused(
            f"{len(found) or 'no'} plan(s) have a checksum that begins so; "
            "`rekisteri erasure show` shows the newest, and its checksum with --json"
        )
    return found[0]


@erasure.command()
def plan(night: Day = None, as_json: Json = False) -> None:
    """Make the plan of a night: what would be erased, restricted and kept, and why."""
    from dataclasses import asdict

    from rekisteri import erasure as erasing
    from rekisteri import warehouse_version
    from rekisteri.cli import reading, state

    with warehouse_version.connect() as conn:
        made = erasing.plan(conn, night.date() if night else tonight())
    if as_json:
        document(asdict(made))
    else:
        state.show_plan(reading.plan(made.checksum))


@erasure.command()
def show(
    checksum: Annotated[str, typer.Argument(help="Leading digits of a checksum; the newest plan.")] = "",
    as_json: Json = False,
) -> None:
    """List a plan record by record: what happens to it, by which rule, on which ground, until when."""
    from rekisteri.cli import reading, state
    from rekisteri.errors import ErasureRefused

    chosen = reading.plan(_found(checksum)["checksum"] if checksum else "")
    if chosen is None:
        raise ErasureRefused("there is no plan yet; `rekisteri erasure plan` makes one")
    items = reading.rows("status/items", checksum=chosen["checksum"])
    if as_json:
        document(chosen | {"items": items})
        return
    table("Records", ("action", "source", "entity", "source_key", "rule", "ground", "until"), items)
    state.show_plan(chosen, listed=True)


@erasure.command()
def approve(checksum: Checksum, staff: Staff, as_json: Json = False) -> None:
    """Approve a plan: the entry in the evidence without which nothing is erased."""
    _decide("approve", checksum, staff, as_json)


@erasure.command()
def reject(checksum: Checksum, staff: Staff, as_json: Json = False) -> None:
    """Reject a plan: nothing of it is erased."""
    _decide("reject", checksum, staff, as_json)


def _decide(decision: str, checksum: str, staff: str, as_json: bool) -> None:
    from rekisteri import connections, controller
    from rekisteri import erasure as erasing
    from rekisteri.cli.reading import DPO
    from rekisteri.errors import ErasureRefused

    if staff not in controller.read().approvers:
        raise ErasureRefused(
            f"{staff!r} is not among the approvers of include/policy/controller.yaml; nothing is decided"
        )
    chosen = _found(checksum)
    with connections.connect(DPO, autocommit=True) as conn:
        (erasing.approve if decision == "approve" else erasing.reject)(conn, chosen["checksum"], staff)
    state = _found(chosen["checksum"])["state"]
    if as_json:
        document({"checksum": chosen["checksum"], "state": state, "staff": staff})
    else:
        say(f"plan {chosen['checksum'][:12]} of {chosen['night']}: {state}, decided by {staff}")


@hold.command()
def place(
    name: Annotated[str, typer.Argument(help="The hold's name, such as a matter's number.")],
    source: Annotated[str, typer.Option(help="Source of the record.")],
    entity: Annotated[str, typer.Option(help="Entity of the record; customer or person hold all their records.")],
    key: Annotated[str, typer.Option(help="The record's key in its source.")],
    reason: Annotated[str, typer.Option(help="A code such as court_case; no free text.")],
    staff: Staff,
    start: Day = None,
    until: Day = None,
    as_json: Json = False,
) -> None:
    """Place a hold, or change the end of one."""
    from rekisteri import connections, holds
    from rekisteri.cli.reading import DPO

    with connections.connect(DPO, autocommit=True) as conn:
        holds.place(
            conn, name, source=source, entity=entity, source_key=key, reason=reason, staff=staff,
            held_from=start.date() if start else tonight(), held_until=until.date() if until else None,
        )  # fmt: skip
    if as_json:
        document({"name": name, "placed": True})
    else:
        say(f"hold {name}: placed")


@hold.command()
def end(name: str, on: Day = None, as_json: Json = False) -> None:
    """End a hold: from that day on it holds nothing."""
    from rekisteri import connections, holds
    from rekisteri.cli.reading import DPO
    from rekisteri.errors import ErasureRefused

    with connections.connect(DPO, autocommit=True) as conn:
        ended = holds.end(conn, name, on.date() if on else tonight())
    if not ended:
        raise ErasureRefused(f"no hold {name!r} is open on that day; `rekisteri hold list` shows them")
    if as_json:
        document({"name": name, "records": ended})
    else:
        say(f"hold {name}: ended for {ended} record(s)")


@hold.command("list")
def listed(as_json: Json = False) -> None:
    """List the holds with the records they name."""
    from rekisteri.cli import reading

    found = reading.rows("status/holds")
    if as_json:
        document(found)
        return
    table("Holds", ("name", "source", "entity", "source_key", "reason", "staff", "held_from", "held_until"), found)
