"""Rows that wait in quarantine for their location: how many, by source and entity, and by country or case.

What a row says of its place is resolved once for each distinct text, and told only as a country or as a case: a text
that nobody knows as a place may be anything.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import DictRow

from rekisteri import inspection, sources
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.residency import consents, sites
from rekisteri.residency.atlas import Atlas, atlas
from rekisteri.residency.cases import Case, case_of, shown
from rekisteri.residency.locations import LONGEST, resolve, resolve_record
from rekisteri.residency.names import country_in_sentence
from rekisteri.residency.processors import register


@dataclass(frozen=True)
class Part:
    """Rows that are alike in where they say that they lie."""

    case: Case
    country: str | None
    """Code of the country that is outside; None in every other case."""
    rows: int

    @property
    def said(self) -> str:
        """How many, and where: ``4 in the United States``, ``2 too vague``."""
        where = f"in {country_in_sentence(self.country)}" if self.country else self.case
        return f"{self.rows:,} {where}".replace(",", " ")


@dataclass(frozen=True)
class Waiting:
    """The rows of one entity of one source that wait for their location."""

    source: str
    entity: str
    rule: str
    parts: tuple[Part, ...]
    """Countries first, the most rows first."""
    ask: str | None
    """Whom to ask about those outside, and what is declared otherwise; None where none is in a country outside."""

    @property
    def rows(self) -> int:
        """How many there are in all."""
        return sum(part.rows for part in self.parts)

    @property
    def said(self) -> str:
        """The parts as a sentence without its end: ``4 in the United States, 2 too vague, 1 unknown``."""
        return ", ".join(part.said for part in self.parts)


def read(conn: psycopg.Connection[DictRow], on: date) -> list[Waiting]:
    """Return what waits for its location, by source and entity.

    Args:
        conn: from ``inspection.opened``.
        on: the day that counts.

    Raises:
        PolicyError: a policy file cannot be read.
    """
    named = [(entity, where) for entity in ENTITIES if (where := consents.location(entity))]
    found = inspection.rows(
        conn,
        "waiting_places",
        entities=[entity for entity, _ in named],
        columns=[where.column for _, where in named],
        providers=[where.provider for _, where in named],
        # One more than a place can have, so that a longer text is still no place.
        longest=LONGEST + 1,
    )
    counted: dict[tuple[str, str, str], Counter[tuple[Case, str | None]]] = {}
    judged: dict[tuple[str | None, str | None], tuple[Case, str | None]] = {}
    # Opened once: it looks at each file, which takes longer than a verdict.
    book = atlas()
    for row in found:
        said = row["location"], row["provider"]
        if not row["emptied"] and said not in judged:
            judged[said] = _judged(book, *said, on)
        key = row["source"], row["entity"], row["rule"]
        counted.setdefault(key, Counter())[("emptied", None) if row["emptied"] else judged[said]] += row["rows"]
    return [_waiting(*key, counted[key], on) for key in sorted(counted)]


def plain(found: list[Waiting]) -> list[dict[str, Any]]:
    """Return the same as plain data for ``--json``: an object for each source, entity and country or case."""
    return [
        {"source": one.source, "entity": one.entity, "rule": one.rule} | vars(part)
        for one in found
        for part in one.parts
    ]


def _judged(book: Atlas, location: str | None, provider: str | None, on: date) -> tuple[Case, str | None]:
    verdict = resolve_record(book, location, provider, on)
    case = case_of(verdict)
    return case, verdict.country if case == "outside" else None


def _waiting(source: str, entity: str, rule: str, counted: Mapping[tuple[Case, str | None], int], on: date) -> Waiting:
    parts = sorted(
        (Part(case, country, rows) for (case, country), rows in counted.items()),
        key=lambda part: (part.country is None, -part.rows, part.case, part.country or ""),
    )
    outside = any(part.country for part in parts)
    ask = next(_whom_to_ask(source, entity, on), None) if outside else None
    return Waiting(source, entity, rule, tuple(parts), ask)


def _whom_to_ask(source: str, entity: str, on: date) -> Iterator[str]:
    """Yield what places.yaml says of the store of these records' files, where that is inside, and who runs it.

    A device or a service tells where something of the customer's is, which is no place that is declared anywhere: of
    that the source's processor is asked.
    """
    if (entry := sources.read().get(source)) is None:
        return
    store = sites.object_store(source) if "media" in pulled_columns(ENTITIES[entity]) else None
    if store and store.site and resolve(store.site.location, provider=store.site.provider, on=on).inside:
        declared = shown(store.site.location, store.site.provider)
        runs = register().processors.get(store.site.processor)
        yield (
            f"Those outside contradict what is declared of {store.title}, {declared} ({store.line}): "
            f"ask its processor, {runs.name if runs else store.site.processor}."
        )
    runs = register().processors.get(entry.processor)
    yield f"Ask the processor of source {source!r}, {runs.name if runs else entry.processor}."
