"""What left the EU/EEA, and on whose consent."""

from dataclasses import dataclass

from psycopg.rows import DictRow

from rekisteri import inspection
from rekisteri.inspection import rows

PAGE = 50
"""Rows on a page."""


@dataclass(frozen=True)
class Transfers:
    """Everything that the page shows."""

    by_country: list[DictRow]
    log: list[DictRow]
    more: int | None
    """Where the next page begins, if there is one."""


def read(before: int | None = None) -> Transfers:
    """Return the transfers, newest first.

    Args:
        before: id of the last transfer that was shown.

    Raises:
        WarehouseError: the warehouse cannot be asked.
        SourceDown: it does not answer.
    """
    with inspection.opened() as conn:
        log = rows(conn, "transfers", before=before, most=PAGE + 1)
        return Transfers(
            by_country=rows(conn, "transfers_by_country"),
            log=log[:PAGE],
            more=log[PAGE - 1]["transfer_id"] if len(log) > PAGE else None,
        )
