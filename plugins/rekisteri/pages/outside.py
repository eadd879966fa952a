"""How many records lie outside, by the warehouse, and how many rows it keeps out: for the page of places."""

from dataclasses import dataclass
from datetime import date

from psycopg.rows import DictRow

from rekisteri import held_records, inspection
from rekisteri.errors import RekisteriError
from rekisteri.residency import waiting
from rekisteri.residency.atlas import atlas
from rekisteri.residency.names import normal
from rekisteri.residency.waiting import Waiting


@dataclass(frozen=True)
class RecordsOutside:
    """How many records of the register lie outside, by the warehouse."""

    on_consent: list[DictRow]
    """By country, the most first, with the providers that the records name."""
    misplaced: int = 0
    """Without a consent in force."""
    waiting: tuple[Waiting, ...] = ()
    """Rows that wait in quarantine for their place: the register holds none of them, and their source does."""
    unanswered: str | None = None
    """Why the warehouse could not be asked."""

    @property
    def refused(self) -> int:
        """How many rows wait for their place."""
        return sum(one.rows for one in self.waiting)


def _named(row: DictRow) -> DictRow:
    """Leave of the providers those that the atlas knows: another text may be anything."""
    known = atlas().provider_names
    return row | {"providers": [one for one in row["providers"] if normal(one) in known]}


def read() -> RecordsOutside:
    """Return how many records lie outside the EU/EEA now: asked anew for each page, as it changes with each night."""
    try:
        with inspection.opened() as conn:
            parts = {"held_records": held_records.relation(), "held_places": held_records.places()}
            on_consent = [_named(row) for row in inspection.rows(conn, "held_on_consent", parts)]
            misplaced = inspection.rows(conn, "misplaced", most=1)
            # Whatever day the page is of: the rows wait now.
            waits = tuple(waiting.read(conn, date.today()))
    except RekisteriError as error:
        # Where the policy says that data lives is needed most when the warehouse is down.
        return RecordsOutside([], unanswered=str(error))
    return RecordsOutside(on_consent, misplaced[0]["listed"] if misplaced else 0, waits)
