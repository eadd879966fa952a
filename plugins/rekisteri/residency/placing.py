"""Distinct locations of records, resolved once each, in a table that SQL joins."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable

from rekisteri.residency.atlas import atlas
from rekisteri.residency.locations import Reason, Verdict, resolve_record

NAMEABLE = (Reason.OUTSIDE, Reason.NOT_YET_OR_NO_LONGER)
"""What is outside for these is a country that a consent can name; what is vague, unknown or undecided is none."""


def place(
    conn: psycopg.Connection[Any], located: Composable, given: Iterable[tuple[str | None, str | None]], on: date
) -> int:
    """Put the verdict on each location into a table; return how many are outside.

    Args:
        conn: the warehouse, in a transaction.
        located: the table, made anew: provider, raw, inside, country, because.
        given: distinct pairs of provider and location, as the records have them.
        on: the day that counts.

    Raises:
        PolicyError: a residency policy file cannot be read.
    """
    book = atlas()
    conn.execute(SQL("drop table if exists {}").format(located))
    conn.execute(
        SQL("create unlogged table {} (provider text, raw text, inside boolean, country text, because text)").format(
            located
        )
    )
    outside = 0
    with conn.cursor().copy(SQL("copy {} from stdin").format(located)) as copy:
        for provider, raw in given:
            verdict = resolve_record(book, raw, provider, on)
            outside += not verdict.inside
            copy.write_row((provider, raw, verdict.inside, _country(verdict), str(verdict.reason)))
    conn.execute(SQL("analyze {}").format(located))
    return outside


def _country(verdict: Verdict) -> str | None:
    """Return the country of a place inside, or that a consent to a place outside has to name."""
    return verdict.country if verdict.inside or verdict.reason in NAMEABLE else None
