"""Commands about refused rows: list them, judge them again."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rekisteri.cli.choosing import require_known
from rekisteri.cli.erasing import tonight
from rekisteri.cli.output import Json, document, say, table

if TYPE_CHECKING:
    from rekisteri.quarantine.retesting import Retest

quarantine = typer.Typer(help="Rows that a gate refused.", no_args_is_help=True)

_LISTED = ("id", "source", "entity", "source_key", "rules", "waits_for", "first_refused_on", "expires_on", "state")
_BOOKED = ("entity", "judged", "released", "still_refused", "suppressed", "not_judged")


@quarantine.command("list")
def listed(
    rule: Annotated[str | None, typer.Option(help="Only this rule: required:name, or the kind required.")] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    entity: Annotated[str | None, typer.Option(help="Only this entity.")] = None,
    older_than: Annotated[int | None, typer.Option(help="Only first refused more than so many days ago.")] = None,
    rejected: Annotated[bool, typer.Option("--rejected", help="Also the rows that a person rejected.")] = False,
    subject: Annotated[
        tuple[str, str, str] | None, typer.Option(help="Only what belongs to this record's subject: source entity key.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the rows in quarantine by source and key, with the rules that refuse them; never what they hold."""
    from rekisteri import connections
    from rekisteri.cli.reading import DPO
    from rekisteri.quarantine import looking

    because = _of(subject) if subject else None
    with connections.connect(DPO, autocommit=True) as conn:
        require_known(conn, rule, source, entity)
        found = looking.listed(
            conn, rule=rule, source=source, entity=entity, older_than=older_than,
            on=None if older_than is None else tonight(),
            ids=None if because is None else list(because), rejected=rejected or because is not None,
        )  # fmt: skip
    if because is not None:
        found = [row | {"because": because[row["id"]]} for row in found]
    if as_json:
        document(found)
        return
    shown = [row | {"rules": ", ".join(row["rules"])} for row in found]
    if not shown:
        say("No row waits in quarantine that is as asked for.")
        return
    table("Quarantine", (*_LISTED, "because") if because is not None else _LISTED, shown)


def _of(subject: tuple[str, str, str]) -> dict[int, str]:
    from rekisteri import warehouse_version
    from rekisteri.quarantine import belonging

    with warehouse_version.connect() as conn:
        return {row.quarantine_id: row.because for row in belonging.of_subject(conn, *subject)}


@quarantine.command()
def retest(
    source: Annotated[str | None, typer.Argument(help="Only this source; all where left out.")] = None,
    as_json: Json = False,
) -> None:
    """Judge what waits again, now and from what is kept, after a rule or policy was mended; let in what passes."""
    from rekisteri.quarantine import retesting

    done = [retesting.retest(source, tonight())] if source else retesting.retest_all(tonight())
    tell(done, as_json)


def tell(done: "Iterable[Retest]", as_json: bool, **more: Any) -> None:
    """Show what was judged again, and what came in.

    Args:
        done: what each source's retest did.
        as_json: whether as one document.
        more: what that document has beside the sources.
    """
    told = {one.source: [_booked(entity, book) for entity, book in one.books.items()] for one in done}
    if as_json:
        document(more | {"sources": told} if more else told)
        return
    for source, rows in told.items():
        table(f"Judged again: {source}", _BOOKED, rows)
    say(f"{sum(row['released'] for rows in told.values() for row in rows)} row(s) released")


def _booked(entity: str, book: Any) -> Mapping[str, Any]:
    return {
        "entity": entity, "judged": book.read, "released": book.released, "still_refused": book.quarantined,
        "suppressed": book.read - book.merged - book.unchanged - book.quarantined, "not_judged": book.waiting,
    }  # fmt: skip
