"""Whose consent to a country is missing, and why, told to people: none, ended, withdrawn, not confirmed lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from rekisteri import controller
from rekisteri.residency import consents
from rekisteri.residency.asking import Asked
from rekisteri.residency.atlas import atlas
from rekisteri.statements import load

_WHY = {
    "ended": "the consent {consent} ended on {valid_to}",
    "withdrawn": "the consent {consent} was withdrawn on {withdrawn_on}",
    "not_yet": "the consent {consent} is not in force before {valid_from}",
    "evidence_too_old": "the consent {consent} was last confirmed by its source {evidence}; it counts again once "
    "{consent_source} is pulled",
    "gone": "the consent {consent} is gone at its source",
    "refused": "the newest version of the consent {consent} waits in quarantine itself",
    "restricted": "the consent {consent} is over and kept as evidence only",
}
_TODAY = {
    "in_force": "in force",
    "withdrawn": "withdrawn on {withdrawn_on}",
    "ended": "ended on {ended_on}",
    "gone": "gone at its source",
    "refused": "its newest version waits in quarantine",
    "restricted": "kept as evidence only",
    "not_yet": "not in force yet",
    "not_held": "not held any more",
}
"""What a consent that let something out is worth by now."""
_CLOSEST = ("in_force", "evidence_too_old", "not_yet", "refused", "ended", "withdrawn", "gone", "restricted")
"""Of several consents to the country the one that lacks least is told."""


@dataclass(frozen=True)
class Missing:
    """One whose consent to the country is not there."""

    who: str
    why: str
    """none, ended, withdrawn, not_yet, evidence_too_old, another_country, gone, refused, restricted or nobody_known."""
    told: str


def missing(
    conn: psycopg.Connection[Any], source: str, who: Asked, country: str, on: date, ages: bool
) -> list[Missing]:
    """Return whose consent to a country is not there; nobody where all have consented.

    Args:
        conn: any login that may read the register.
        source: of the record.
        who: those who are asked.
        country: its code.
        on: the night that counts.
        ages: whether the age of a consent's evidence counts.
    """
    bound = {
        "source": source, "persons": list(who.persons), "customers": list(who.customers), "night": on,
        "timezone": controller.read().timezone, "oldest": consents.oldest(atlas().policy) if ages else None,
    }  # fmt: skip
    given: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(load("residency/consents_asked"), bound):
            given.setdefault((row["entity"], row["key"]), []).append(row)
    wanted = [("person", key) for key in who.persons] + [("customer", key) for key in who.customers]
    found = [_one(f"{entity} {source} {key}", given.get((entity, key), []), country) for entity, key in wanted]
    lost = [
        Missing(name, "nobody_known", "is not in the register: nobody knows whom the row is about") for name in who.lost
    ]
    return [*lost, *(one for one in found if one)]


def validity(consent: Mapping[str, Any]) -> str:
    """Return from when to when a consent was given at its transfer, and what it is worth today.

    Args:
        consent: valid_from and valid_to as they were, null where that was not kept; consent_state, withdrawn_on and
            ended_on as of today (include/sql/status/consents_today.sql), by what was read on the night consent_as_of.
    """
    today = _TODAY[consent["consent_state"]].format_map(consent)
    if consent["consent_state"] == "in_force" and consent.get("consent_as_of"):
        today += f" as of {consent['consent_as_of']}"
    if consent["valid_from"] is None:
        return today if consent["consent_state"] == "not_held" else f"its dates were not kept, {today}"
    until = f" until {consent['valid_to']}" if consent["valid_to"] else ", no end"
    return f"from {consent['valid_from']}{until}, {today}"


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(controller.read().timezone)).date()


def _one(who: str, given: list[dict[str, Any]], country: str) -> Missing | None:
    there = [row for row in given if row["country"] == country]
    if there:
        best = min(there, key=lambda row: _CLOSEST.index(row["state"]))
        if best["state"] == "in_force":
            return None
        return Missing(who, best["state"], _WHY[best["state"]].format(**_shown(best)))
    if others := sorted({row["country"] for row in given}):
        return Missing(who, "another_country", f"no consent to {country}: what was given names {', '.join(others)}")
    return Missing(who, "none", f"no consent to {country} was ever given")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    withdrawn, evidence = row["withdrawn_at"], row["evidence_at"]
    return dict(row) | {
        "consent": f"{row['consent_source']} {row['consent_key']}",
        "withdrawn_on": withdrawn and _day(withdrawn),
        "evidence": f"at {evidence.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if evidence else "never",
    }
