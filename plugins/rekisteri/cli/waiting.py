"""What `residency map` tells of the warehouse: rows that wait in quarantine for their place.

Where the policy says that data lives is told without a warehouse, too.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from rekisteri.cli.output import say
from rekisteri.errors import RekisteriError

if TYPE_CHECKING:
    from rekisteri.residency.waiting import Waiting


def tell() -> None:
    """Tell people how many rows wait, by source and entity and by country or case; or why nobody knows."""
    try:
        found = _read()
    except RekisteriError as error:
        say(f"How many rows wait in quarantine for their place could not be asked now: {error}")
        return
    say(f"Rows that wait in quarantine for their place{':' if found else ': none'}")
    for one in found:
        say(f"  {one.source} {one.entity}: {one.said}. {one.ask or ''}".rstrip())
    if found:
        say("  row by row: rekisteri quarantine list")


def beside(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the map's rows, the warehouse's own with what waits there as ``waiting``; without it where nobody knows.

    Quarantine is in the warehouse, so no source that is not declared any more is left out.
    """
    from rekisteri.residency.waiting import plain

    try:
        waiting = plain(_read())
    except RekisteriError:
        return rows
    return [row | {"waiting": waiting} if row["what"] == "warehouse" else row for row in rows]


def _read() -> "list[Waiting]":
    from rekisteri import inspection
    from rekisteri.residency import waiting

    with inspection.opened() as conn:
        return waiting.read(conn, date.today())
