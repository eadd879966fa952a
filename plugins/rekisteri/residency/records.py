"""Distinct locations of records, resolved once each, as a mapping that SQL joins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from rekisteri.residency.atlas import atlas
from rekisteri.residency.locations import resolve_record

if TYPE_CHECKING:
    import pandas as pd


def resolve_many(values: pd.Series[str] | Iterable[tuple[str | None, str | None]], on: date) -> pd.DataFrame:
    """Return the verdict on each distinct location.

    Args:
        values: locations, or (provider, location) pairs; a missing one is outside.
        on: the day that counts.

    Returns:
        One row for each distinct value: provider, raw, inside, country, because_code (a ``Reason``);
        provider and raw as they were given, to join on (``is not distinct from``: both may be null).

    Raises:
        PolicyError: a residency policy file cannot be read.
    """
    import pandas as pd

    given = [(None, value) for value in values] if isinstance(values, pd.Series) else values
    distinct = dict.fromkeys((_text(provider), _text(raw)) for provider, raw in given)
    book = atlas()
    found = [(pair, resolve_record(book, pair[1], pair[0], on)) for pair in distinct]
    return pd.DataFrame(
        [(*pair, verdict.inside, verdict.country, str(verdict.reason)) for pair, verdict in found],
        columns=["provider", "raw", "inside", "country", "because_code"],
        dtype=object,  # keeps None, which becomes SQL's null; a string column would hold NaN
    ).astype({"inside": bool})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
