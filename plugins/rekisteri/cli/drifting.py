"""What `rekisteri source drift` shows: changes in the sources' tables, and who has taken note of them."""

from typing import Annotated, Any

import typer

from rekisteri.cli.erasing import tonight
from rekisteri.cli.output import Json, document, say


def drift(
    name: Annotated[str | None, typer.Argument(help="One source; all where left out.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what somebody has taken note of.")] = False,
    seen: Annotated[bool, typer.Option("--seen", help="Take note of what is listed.")] = False,
    staff: Annotated[str, typer.Option(help="Id of the member of staff who takes note.")] = "",
    as_json: Json = False,
) -> None:
    """List what changed in the sources' tables since they were last seen; nothing new is pulled by itself."""
    from rekisteri import sources
    from rekisteri.cli import reading

    if name:
        sources.named(name)
    if seen and not staff:
        raise typer.BadParameter("say who takes note with --staff")
    changes = reading.rows("drift/changes", source=name, seen=everything)
    catalogs = reading.rows("drift/catalogs", source=name)
    if seen:
        _take_note([one["change_id"] for one in changes], staff)
    if as_json:
        document({"catalogs": catalogs, "changes": [_told(one) for one in changes], "taken_note": seen})
        return
    for one in catalogs:
        say(_looked(one))
    for one in changes:
        say(_line(one))
    if not catalogs:
        say(f"{name or 'no source'} was {'not ' if name else ''}looked at yet; its next pull does it")
    elif not changes:
        say("Nothing changed." if everything else "Nothing changed that nobody has taken note of.")
    elif seen:
        say(f"{staff} has taken note.")


def _told(change: dict[str, Any]) -> dict[str, Any]:
    from rekisteri.drift import report

    return change | {"says": report.sentence(change["source"], change)}


def _line(change: dict[str, Any]) -> str:
    since = f", since {change['last_read_on']}" if change["last_read_on"] else ""
    note = f" [{change['seen_by']} took note on {change['seen_on']}]" if change["seen_on"] else ""
    return f"{change['noted_on']}{since}: {_told(change)['says']}{note}"


def _looked(catalog: dict[str, Any]) -> str:
    source, on = catalog["source"], catalog["read_on"]
    if catalog["failure"]:
        last = f"it was last read on {on}" if on else "it was never read"
        return f"{source}: its catalog could not be read on {catalog['looked_on']} ({catalog['failure']}); {last}"
    return f"{source}: {catalog['tables']} tables, {catalog['columns']} columns, as of {on}"


def _take_note(changes: list[int], staff: str) -> None:
    from rekisteri import audit, connections
    from rekisteri.cli.reading import DPO
    from rekisteri.statements import load

    with connections.connect(DPO, autocommit=True) as conn:
        with conn.transaction():
            bound = {"changes": changes, "staff": staff, "seen_on": tonight()}
            taken = [row[0] for row in conn.execute(load("drift/take_note"), bound)]
            # Its form is checked here too: a staff id, never a name or an address.
            audit.record_many(
                conn,
                [
                    audit.Entry("schema_drift_seen", night=tonight(), source=source, staff=staff,
                                numbers={"changes": taken.count(source)})
                    for source in sorted(set(taken))
                ],
            )  # fmt: skip
        audit.keep_head(conn)
