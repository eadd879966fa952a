"""What left the EU/EEA, on whose consent; and what lies there without one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.rows import DictRow

from rekisteri import controller, inspection
from rekisteri.inspection import rows
from rekisteri.model import ENTITIES
from rekisteri.residency import consents, consents_read, logged, waiting
from rekisteri.residency.atlas import atlas
from rekisteri.residency.consents_read import ConsentsRead
from rekisteri.residency.lacking import validity

__all__ = ["Transfers", "how", "read", "validity"]

PAGE = 50
"""Rows on a page."""


@dataclass(frozen=True)
class Transfers:
    """Everything that the page shows."""

    by_country: list[DictRow]
    log: list[dict[str, Any]]
    more: int | None
    """Where the next page begins, if there is one."""
    looked_on: date | None
    """The night on which it was last looked what is held there without a consent; None where nobody has."""
    misplaced: list[DictRow]
    """The first of the records that are held there without a consent."""
    misplaced_sources: list[DictRow]
    consents: list[ConsentsRead]
    """As of when the consents of each source were read."""
    outside: int
    """Rows that wait in quarantine since they lie in a country outside: their source holds them there all the same."""
    evidence_hours: int
    """The evidence of a consent counts while it is no older than this."""

    @property
    def listed(self) -> int:
        """How many records are held outside the EU/EEA without a consent."""
        return self.misplaced[0]["listed"] if self.misplaced else 0


def how(transfer: Mapping[str, Any]) -> str:
    """Return how data went: a record of the register is there by what it says itself, all else was sent."""
    if transfer["destination"] != "record":
        return str(transfer["destination"]).replace("_", " ")
    said = consents.location(transfer["entity"]) if transfer["entity"] in ENTITIES else None
    return "delivered from there" if said and said.column == "delivered_from" else "stored there"


def read(before: int | None = None) -> Transfers:
    """Return the transfers, newest first.

    Args:
        before: id of the last transfer that was shown.

    Raises:
        PolicyError: residency.yaml cannot be read.
        WarehouseError: the warehouse cannot be asked.
        SourceDown: it does not answer.
    """
    with inspection.opened() as conn:
        zone = controller.read().timezone
        log = rows(conn, "transfers", logged.parts(), before=before, most=PAGE + 1, timezone=zone)
        # The pages may be newer than the warehouse, until it is upgraded.
        knows = rows(conn, "knows_misplaced")[0]
        known = knows["known"]
        read_on = consents_read.read(conn)
        return Transfers(
            by_country=rows(conn, "transfers_by_country"),
            log=logged.told(log[:PAGE], date.today(), read_on),
            more=log[PAGE - 1]["transfer_id"] if len(log) > PAGE else None,
            looked_on=knows["looked_on"] if known else None,
            misplaced=rows(conn, "misplaced", most=PAGE) if known else [],
            misplaced_sources=rows(conn, "misplaced_sources") if known else [],
            consents=read_on,
            outside=sum(part.rows for one in waiting.read(conn, date.today()) for part in one.parts if part.country),
            evidence_hours=atlas().policy.consent.evidence_max_age_hours,
        )
