"""Why one row was refused for its location, told to people: which place, which case, and whose consent is missing.

Of what the row holds only the location is opened, and the keys that lead to the persons whom it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from rekisteri.errors import ModelError
from rekisteri.residency import consents, lacking
from rekisteri.residency.asking import Asked, asked
from rekisteri.residency.atlas import atlas
from rekisteri.residency.cases import Case, case_of, shown
from rekisteri.residency.locations import Verdict, resolve_record
from rekisteri.residency.names import country_name
from rekisteri.statements import load

WITHHELD = (
    "What stands there is withheld, since it may be anything; `rekisteri quarantine show --values` shows it to an "
    "approver and notes who looked"
)
"""Told of a quarantined row in place of a location that nobody knows."""

_DO: dict[Case, str] = {
    "too vague": "No consent can name such a place: name it exactly at the source (country, or region with provider).",
    "not decided": "No consent can name it before residency.yaml or eu_eea.csv says whether it is inside.",
    "unknown": "No consent can name a place that nobody knows: correct it at the source, or add a right one to "
    "residency.yaml and run `rekisteri quarantine retest`.",
    "inside by now": "The policy has it inside by now: `rekisteri quarantine retest` or the next pull lets it in.",
    "emptied": "Its content was emptied, so nobody can say where it lay: the source sends it anew once it is mended.",
}


@dataclass(frozen=True)
class Refusal:
    """Why a row was refused for its location."""

    rule: str
    place: str | None
    case: Case
    country: str | None
    """Code of the country that a consent has to name; None where none can."""
    because: str
    """The way from the place to the line of the policy that decides."""
    missing: tuple[lacking.Missing, ...]
    remedy: str
    withheld: bool = False
    """Whether something stands there that is no place anybody knows, and so is not told."""


def of_rows(conn: psycopg.Connection[Any], ids: Sequence[int], on: date) -> dict[int, Refusal]:
    """Return, of quarantined rows, why each that can have a location was refused for it.

    Args:
        conn: any login that may read quarantine and register.
        ids: the rows' numbers.
        on: the night that counts.

    Raises:
        PolicyError: a policy file cannot be read.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load("residency/waiting_location"), {"ids": list(ids), "columns": _columns()}).fetchall()
    told: dict[int, Refusal] = {}
    for row in rows:
        if where := consents.location(row["entity"]):
            cells = row["cells"]
            told[row["quarantine_id"]] = (
                Refusal(where.rule, None, "emptied", None, "", (), _DO["emptied"])
                if cells is None
                else of_record(conn, row["source"], row["entity"], cells, on)
            )
    return told


def of_record(
    conn: psycopg.Connection[Any], source: str, entity: str, cells: Mapping[str, Any], on: date, *, ages: bool = True
) -> Refusal:
    """Return why a record would be refused for its location.

    Args:
        conn: any login that may read the register.
        source: of the record.
        entity: of the record, which has a location.
        cells: its location, its provider and what it refers to, by column.
        on: the night that counts.
        ages: whether the age of a consent's evidence counts, as it does when a record comes.

    Raises:
        ModelError: the entity has no location.
        PolicyError: a policy file cannot be read.
    """
    if (where := consents.location(entity)) is None:
        raise ModelError(f"entity {entity} has no location")
    raw, provider = cells.get(where.column), cells.get(where.provider) if where.provider else None
    verdict = resolve_record(atlas(), raw, provider, on)
    case = case_of(verdict)
    country = verdict.country if case == "outside" else None
    who = asked(conn, source, entity, cells) if country else Asked()
    missing = tuple(lacking.missing(conn, source, who, country, on, ages)) if country else ()
    place = shown(raw, provider)
    remedy = _consent_needed(who, missing, country) if country else _DO[case]
    # What is no place that anybody knows may be anything that somebody wrote there.
    withheld = case == "unknown" and bool(place)
    told = None if withheld else place or None
    return Refusal(where.rule, told, case, country, _way(verdict), missing, remedy, withheld)


def _columns() -> list[str]:
    from rekisteri.model import ENTITIES

    found: dict[str, None] = {}
    for entity in ENTITIES:
        if where := consents.location(entity):
            found |= dict.fromkeys(name for name in where if name)
            found |= dict.fromkeys(column for column, _ in consents.references(entity))
    return list(found)


def _way(verdict: Verdict) -> str:
    return " → ".join(verdict.chain)


def _consent_needed(who: Asked, missing: Sequence[lacking.Missing], country: str) -> str:
    named = f"{country_name(country)} ({country})"
    if not (who.persons or who.customers or who.lost):
        return (
            "Nothing at the source ties a person to it, so nobody can consent: have it moved or its location corrected."
        )
    if not missing:
        return f"Each person whom it is about has consented to {named} by now: the next pull lets it in."
    if who.lost:
        return (
            "Nobody can consent for a record that is not there: mend the reference at the source, or have the data "
            "moved or its location corrected."
        )
    return (
        f"A consent to {named} of each who is named here lets the row in at the next pull; else have the data moved, "
        "or its location corrected where it is wrong."
    )
