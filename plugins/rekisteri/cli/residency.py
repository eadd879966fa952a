"""Commands on what lies outside the EU/EEA: residency transfers, misplaced."""

from datetime import datetime
from typing import Annotated

import typer

from rekisteri.cli.output import Json, document, say, table
from rekisteri.cli.state import residency

__all__ = ["misplaced", "residency", "transfers"]

Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First night; all of them where left out.")]


@residency.command()
def transfers(since: Since = None, as_json: Json = False) -> None:
    """List what left the EU/EEA, and on whose consent: keys of records, never names."""
    from rekisteri.cli import reading
    from rekisteri.residency.lacking import validity

    found = reading.rows("status/transfers", since=since.date() if since else None)
    if as_json:
        document(found)
        return
    shown = [
        one | {
            "record": f"{one['source']} {one['entity']} {one['source_key']}",
            "person": f"{one['person_source']} {one['person_key']}",
            "consent": f"{one['consent_source']} {one['consent_key']}",
            "valid": validity(one),
            "groups": ", ".join(map(str, one["data_groups"])),
        }
        for one in found
    ]  # fmt: skip
    table(
        "Transfers outside the EU/EEA",
        ("night", "record", "country", "groups", "person", "consent", "valid", "evidence_at", "transferred_at"),
        shown,
    )


@residency.command()
def misplaced(as_json: Json = False) -> None:
    """List what is held and would not be let in any more: records, due for erasure, and sources, not read any more."""
    from rekisteri.cli import reading

    records, sources = reading.rows("status/misplaced"), reading.rows("status/misplaced_sources")
    if as_json:
        document({"records": records, "sources": sources})
        return
    table("Records outside the EU/EEA", ("source", "entity", "source_key", "rule", "country", "found_on"), records)
    table("Sources outside the EU/EEA", ("source", "found_on"), sources)
    if records:
        say("The records are in the newest plan: `rekisteri erasure show`.")
