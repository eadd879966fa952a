"""As of which night the consents to transfers were read: one that was withdrawn since is not known to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import DictRow

from rekisteri import inspection, sources
from rekisteri.residency.arrived import CONSENT


@dataclass(frozen=True)
class ConsentsRead:
    """The newest consents of one source that the register has."""

    source: str
    title: str
    night: date | None
    """Of the newest merged pull that brought them; None where none ever did."""
    newest_night: date | None
    """The newest night of which any source was pulled."""

    @property
    def behind(self) -> bool:
        """Whether a withdrawal by the newest night is not known."""
        return self.newest_night is not None and (self.night is None or self.night < self.newest_night)


def read(conn: psycopg.Connection[DictRow]) -> list[ConsentsRead]:
    """Return as of when the consents of each source were read.

    Args:
        conn: from ``inspection.opened``.

    Raises:
        PolicyError: sources.yaml cannot be read.
    """
    declared = sources.read()
    bring = [name for name in declared if CONSENT in sources.entities(name)]
    found = inspection.rows(conn, "consents_read", sources=bring)
    # What a source that is not declared any more brought is held all the same.
    titles = {row["source"]: str(row["source"]) for row in found} | {name: one.title for name, one in declared.items()}
    return [ConsentsRead(title=titles[row["source"]], **row) for row in found]


def as_of(found: Iterable[ConsentsRead]) -> str:
    """Return a sentence: ``Consents were read: those of CRM as of 2026-10-31.``; empty where no source has any."""
    told = [f"those of {one.title} {f'as of {one.night}' if one.night else 'never yet'}" for one in found]
    return f"Consents were read: {', '.join(told)}." if told else ""


def warnings(found: Iterable[ConsentsRead]) -> list[str]:
    """Return a sentence for each source whose consents are older than the newest night."""
    return [
        f"The consents of {one.title} {f'are those of {one.night}' if one.night else 'were never read'}, and the "
        f"newest night pulled is {one.newest_night}: what was withdrawn there since is not known here."
        for one in found
        if one.behind
    ]
