"""Commands about the evidence: list its entries, follow its hash chain."""

from datetime import datetime
from typing import Annotated, Any, get_args

import typer

from rekisteri.cli.output import Json, document, say, table

audit = typer.Typer(help="The evidence.", no_args_is_help=True)

_ALWAYS = ("seq", "recorded", "kind")
_WHERE_GIVEN = ("night", "source", "entity", "rule", "column", "staff", "plan", "numbers")


def verified() -> dict[str, Any]:
    """Return what following the whole chain finds."""
    from dataclasses import asdict

    from rekisteri import connections
    from rekisteri.audit import verify as follow

    # The auditor's login reads the evidence and nothing else.
    with connections.connect("warehouse_auditor", autocommit=True) as conn:
        return asdict(follow(conn))


@audit.command()
def verify(as_json: Json = False) -> None:
    """Follow the evidence's whole hash chain; status 1 where it was changed, cut, reordered or has a gap."""
    found = verified()
    if as_json:
        document(found)
    else:
        for finding in found["findings"]:
            say(finding)
        state = "intact" if found["intact"] else "BROKEN"
        none = "no head is kept: as it should be only until the first night has ended"
        kept = none if found["no_head_yet"] else f"{found['heads']} heads kept outside: {state}"
        say(f"{found['entries']} entries, {kept}")
    if not found["intact"]:
        raise typer.Exit(1)


@audit.command("list")
def listed(
    night: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only of this night.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, such as quarantine_decided.")] = None,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    staff: Annotated[str | None, typer.Option(help="Only what this member of staff decided or saw, by id.")] = None,
    last: Annotated[int, typer.Option(min=1, help="Only so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List the entries of the evidence, the newest first; whether they are as they were written, verify tells."""
    from rekisteri.audit import Kind
    from rekisteri.cli import reading

    if kind is not None and kind not in (known := get_args(Kind)):
        raise typer.BadParameter(f"no kind {kind!r} is known; there are {', '.join(sorted(known))}")
    # One more than is shown: whether there are more.
    found = reading.rows(
        "status/audit_entries", night=night.date() if night else None, kind=kind, source=source, staff=staff,
        most=last + 1,
    )  # fmt: skip
    shown = found[:last]
    if as_json:
        document(shown)
    elif not shown:
        say("No entry of the audit is as asked for.")
    else:
        _show(shown)
        if len(found) > last:
            say(f"The newest {last}; there are more: --last says how many are shown, --night and --kind narrow it.")


def _show(entries: list[dict[str, Any]]) -> None:
    told = [
        entry
        | {
            "plan": (entry["plan_checksum"] or "")[:12] or None,
            "numbers": ", ".join(f"{name}: {_number(n)}" for name, n in entry["numbers"].items()) or None,
        }
        for entry in entries
    ]
    # A column that no entry fills takes the room that the numbers need.
    table("Audit", (*_ALWAYS, *(one for one in _WHERE_GIVEN if any(entry[one] is not None for entry in told))), told)


def _number(number: float | bool) -> str:
    return ("yes" if number else "no") if isinstance(number, bool) else str(number)
