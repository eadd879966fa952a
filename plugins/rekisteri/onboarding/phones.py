"""How many of a source's phone numbers name no country, and what becomes of those: seen when the source is tried."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import Identifier

from rekisteri import staging
from rekisteri.conforming import names_country
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.sources import Source
from rekisteri.statements import load


@dataclass(frozen=True)
class Phones:
    """One column of phone numbers."""

    column: str
    values: int
    """Rows that have a number."""
    without_country: int
    read_as: str | None
    """Country that those are read as; null where they are refused."""

    def __str__(self) -> str:
        """Return it as a sentence for people, with the remedy where such numbers are refused."""
        if not self.without_country:
            return f"{self.column}: each of {self.values} values says its country; one refused is no number there today"
        if self.read_as:
            fate = f"read as numbers of {self.read_as} (phone_country in sources.yaml)"
        else:
            fate = f"refused: give it in the SELECT ('DE: ' || {self.column}), or set phone_country in sources.yaml"
        return f"{self.column}: {self.without_country} of {self.values} values have no country, {fate}"


def count_phones(conn: psycopg.Connection[Any], name: str, entry: Source, entity: str) -> list[Phones]:
    """Count the phone numbers that an entity arrived with, column by column.

    Args:
        conn: the warehouse, with the source's rows in staging.
        name: of the source.
        entry: its entry.
        entity: whose rows.
    """
    said, raw = pulled_columns(ENTITIES[entity]), staging.staged(name, entity)
    found = []
    for column in staging.columns(conn, name, entity):
        if said[column].format == "phone":
            given = conn.execute(load("trial/phones", raw=raw, column=Identifier(column))).fetchall()
            without = sum(rows for text, rows in given if not names_country(text))
            found.append(Phones(column, sum(rows for _, rows in given), without, entry.phone_country))
    return found
