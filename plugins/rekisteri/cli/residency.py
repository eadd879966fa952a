"""Commands on what lies outside the EU/EEA: residency transfers, misplaced."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rekisteri.cli.output import Json, document, say, table
from rekisteri.cli.state import residency

if TYPE_CHECKING:
    from rekisteri.residency.consents_read import ConsentsRead

__all__ = ["misplaced", "residency", "transfers"]

Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First night; all of them where left out.")]


@residency.command()
def transfers(since: Since = None, as_json: Json = False) -> None:
    """List what left the EU/EEA, on whose consent, and whether the register still holds it: keys, never names."""
    from rekisteri import controller
    from rekisteri.cli import reading
    from rekisteri.residency import logged
    from rekisteri.residency.lacking import validity

    zone, first = controller.read().timezone, since.date() if since else None
    listed = reading.rows("status/transfers", parts=logged.parts(), since=first, timezone=zone)
    read = _consents()
    found = logged.told(listed, date.today(), read)
    if as_json:
        document([{name: value for name, value in one.items() if name != "lies"} for one in found])
        return
    shown = [
        one | {
            "record": f"{one['source']} {one['entity']} {one['source_key']}",
            "person": f"{one['person_source']} {one['person_key']}",
            "consent": f"{one['consent_source']} {one['consent_key']}",
            "valid": validity(one),
            "place": one["lies"],
            "groups": ", ".join(map(str, one["data_groups"])),
            # A fact, and nothing wrong: a bare False would be shouted.
            "still_held": "yes" if one["still_held"] else "no",
        }
        for one in found
    ]  # fmt: skip
    what = ("night", "record", "country", "place", "still_held", "groups", "person", "consent", "valid")
    table("Transfers outside the EU/EEA", (*what, "evidence_at", "transferred_at"), shown)
    _tell(read)


@residency.command()
def misplaced(as_json: Json = False) -> None:
    """List what is held outside the EU/EEA without a consent in force, and would not be let in any more.

    Records, due for erasure, and sources, not read any more. What lies outside on consent: residency transfers.
    """
    from rekisteri.cli import reading

    records, sources = reading.rows("status/misplaced"), reading.rows("status/misplaced_sources")
    read = _consents()
    if as_json:
        consents = [{"source": one.source, "as_of": one.night, "behind": one.behind} for one in read]
        document({"records": records, "sources": sources, "consents": consents})
        return
    shown = ("source", "entity", "source_key", "rule", "country", "found_on")
    table("Records that the register holds outside the EU/EEA without a consent in force", shown, records)
    # A person consents to where a record lies, never to where a source is: this title says so, too.
    title = "Sources outside the EU/EEA without a consent in force (none can cover a source)"
    table(title, ("source", "found_on"), sources)
    _tell(read)
    say("What lies outside on consent: `rekisteri residency transfers`.")
    say("What the register does not let in, and its source holds there all the same: `rekisteri residency map`.")
    if records:
        say("The records are in the newest plan: `rekisteri erasure show`.")


def _consents() -> "list[ConsentsRead]":
    from rekisteri import inspection
    from rekisteri.residency import consents_read

    with inspection.opened() as conn:
        return consents_read.read(conn)


def _tell(found: "list[ConsentsRead]") -> None:
    from rekisteri.residency import consents_read

    for line in (consents_read.as_of(found), *consents_read.warnings(found)):
        if line:
            say(line)
