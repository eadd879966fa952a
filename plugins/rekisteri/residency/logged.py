"""The transfer log as it is told: with what each consent is worth today, and where the record lies that was let out."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from psycopg.sql import Composable

from rekisteri import held_records
from rekisteri.residency.atlas import atlas
from rekisteri.residency.cases import case_of, shown
from rekisteri.residency.consents_read import ConsentsRead
from rekisteri.residency.locations import Verdict, resolve_record
from rekisteri.residency.names import country_name
from rekisteri.statements import load


def parts() -> dict[str, Composable]:
    """Return what the {places} of pages/transfers.sql and status/transfers.sql are filled with."""
    return {
        "held_records": held_records.relation(),
        "held_places": held_records.places(),
        "consents_today": load("status/consents_today"),
    }


def told(rows: Iterable[Mapping[str, Any]], on: date, read: Iterable[ConsentsRead] = ()) -> list[dict[str, Any]]:
    """Return transfers, each with where its record lies by the register, in words as ``lies``.

    What is no place that anybody knows may be anything, so it is not told: provider and place are None.

    Args:
        rows: of one of the two statements.
        on: the day that counts.
        read: as of when the consents were read.

    Raises:
        PolicyError: a policy file cannot be read.
    """
    book, nights = atlas(), {one.source: one.night for one in read}
    judge = lru_cache(maxsize=None)(lambda place, provider: resolve_record(book, place, provider, on))
    return [
        dict(row)
        | _lies(row, judge(row["place"], row["provider"]))
        | {"consent_as_of": nights.get(row["consent_source"])}
        for row in rows
    ]


def _lies(row: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    if case_of(verdict) == "unknown":
        return {"provider": None, "place": None, "lies": None}
    lies = shown(row["place"], row["provider"])
    if verdict.country == row["country"]:
        return {"lies": lies}
    # It has moved since, and the log keeps where it was.
    return {"lies": f"now {lies}" + (f" ({country_name(verdict.country)})" if verdict.country else "")}
