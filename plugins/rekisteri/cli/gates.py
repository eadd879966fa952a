"""The command `rekisteri gates`: what was stopped in a night, by which rule, whether it grows, what to do."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rekisteri.cli.output import Json, document, say, table

if TYPE_CHECKING:
    from rekisteri.gate_night import Night, RuleNight, SourceNight

_PULLS = ("source", "state", "read", "merged", "unchanged", "quarantined", "suppressed", "waiting", "trend")
_RULES = ("source", "entity", "rule", "refused", "evaluated", "waiting", "oldest", "expires_on", "trend")


def gates(
    night: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Which night; the newest where left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what the gates stopped last night, by source and rule, whether it grows, and what to do."""
    from dataclasses import asdict

    from rekisteri import gates as asked

    found = asked.read(night.date() if night else None)
    if as_json:
        document(asdict(found) if found else None)
    elif found is None:
        say("No source has been pulled yet: `rekisteri run`, or the DAGs ingest_..., do it.")
    else:
        _show(found)


def _pull(one: "SourceNight") -> dict[str, object]:
    return {"source": one.title, "state": one.state, "trend": one.trend.sentence} | dict(one.numbers)


def _rule(one: "RuleNight") -> dict[str, object]:
    told = {name: getattr(one, name, None) for name in _RULES}
    return told | {"trend": one.trend.sentence if one.trend else "no history yet"}


def _show(found: "Night") -> None:
    table(f"Pulls of the night {found.night}", _PULLS, map(_pull, found.sources))
    for one in found.sources:
        for stop in one.stops:
            say(f"\n{one.title} stopped: {stop.what}. {stop.said.meaning} {stop.said.remedy}")
    table("Refused, by rule", _RULES, map(_rule, found.rules))
    for kind, said in found.kinds().items():
        say(f"\n{kind}: {said.meaning} {said.remedy}")
    if found.rules:
        say("\nThe rows by key: `rekisteri quarantine list`.")
