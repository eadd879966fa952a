"""The command `rekisteri gates`: what was stopped in a night, by which rule, whether it grows, what to do."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rekisteri.cli.output import Json, document, say, table

if TYPE_CHECKING:
    from rekisteri.gate_night import Kind, Night, RuleNight
    from rekisteri.gate_source import SourceNight

MOST = 10
"""Rules that are shown where not all are asked for."""
_PULLS = ("source", "state", "read", "merged", "unchanged", "quarantined", "suppressed", "waiting", "trend")
_KINDS = ("kind", "rules", "refused", "noted_only", "waiting_now")
_RULES = ("source", "entity", "rule", "refused", "evaluated", "waiting_now", "oldest", "expires_on", "trend")


def gates(
    night: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Which night; the newest that ended where left out.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    every: Annotated[bool, typer.Option("--all", help=f"All rules, not only the {MOST} that refused most.")] = False,
    as_json: Json = False,
) -> None:
    """Show what the gates stopped last night, by source, kind and rule, whether it grows, and what to do."""
    from dataclasses import asdict

    from rekisteri import gates as asked

    found = asked.read(night.date() if night else None)
    if found and source:
        found = found.of(source)
    if as_json:
        document(asdict(found) if found else None)
    elif found is None:
        say("No source has been pulled yet: `rekisteri run`, or the DAGs ingest_..., do it.")
    else:
        _show(found, every)


def _pull(one: "SourceNight") -> dict[str, object]:
    told: dict[str, object] = {"source": one.title, "state": one.state, "trend": one.trend.sentence}
    return told | dict(one.numbers) | {"waiting": one.stock.sentence}


def _kind(one: "Kind") -> dict[str, object]:
    return {
        "kind": one.kind, "rules": one.rules, "refused": one.refused, "noted_only": one.noted or None,
        "waiting_now": one.waiting,
    }  # fmt: skip


def _rule(one: "RuleNight", night: date) -> dict[str, object]:
    told = {name: getattr(one, name, None) for name in _RULES}
    trend = one.trend.sentence if one.trend else "no history yet"
    rule = f"{one.rule} (noted, not refused)" if one.noted else one.rule
    # What a rule on a whole pull finds is how far off it is: it refuses no row.
    off = " off" if one.level == "pull" and one.refused else ""
    when = f" on {one.looked_on}" if one.looked_on and one.looked_on != night else ""
    refused = f"{one.refused}{off}{when}" if off or when else one.refused
    return told | {"rule": rule, "refused": refused, "waiting_now": one.waiting, "trend": trend}


def _show(found: "Night", every: bool) -> None:
    if found.under_way:
        way = found.under_way
        say(f"A night is under way: {way.merged} of {way.of} sources of {way.night} are merged so far.")
    table(f"Pulls of the night {found.night}", _PULLS, map(_pull, found.sources))
    for one in found.sources:
        for stop in one.stops:
            far = f"How far off: {stop.told}. " if stop.told else ""
            say(f"\n{one.title} stopped: {stop.what}. {stop.said.meaning} {far}{stop.said.remedy}")
        if one.left:
            say(
                f"\n{one.title}: {one.left} record(s) left the register, as their newest version lies outside the "
                "EU/EEA: `rekisteri residency map` says where."
            )
        if one.before:
            say(f"\n{one.title}: {one.before}; this is its newest pull.")
    kinds, rules = found.kinds(), found.most_refused()
    table("By kind of rule", _KINDS, map(_kind, kinds))
    shown = rules if every else rules[:MOST]
    table(
        "Refused, by rule" if every else "Refused, by rule: most first",
        _RULES,
        [_rule(one, found.night) for one in shown],
    )
    if len(rules) > len(shown):
        say(f"{len(shown)} of {len(rules)} rules; `rekisteri gates --all` shows all.")
    for kind in kinds:
        say(f"\n{kind.kind}: {kind.said.meaning} {kind.said.remedy}")
    if rules:
        say("\nThe rows by key: `rekisteri quarantine list`.")
