"""Commands that bring a system in and watch it: source new, source try, source drift."""

from typing import Annotated, Any

import typer

from rekisteri.cli.drifting import drift
from rekisteri.cli.output import Json, document, say, table

source = typer.Typer(help="Bring a system in, and watch it.", no_args_is_help=True)
source.command()(drift)

ENTITIES = (
    "customer, person, prospect, address, billing_profile, contract, derived_profile, device, invoice, order, case, "
    "contact_role, event, feedback, marketing_permission, transfer_consent, user_account, service, collection, "
    "message, recording"
)
"""What the register has, in words, for a help that need not bring in the model."""
Name = Annotated[str, typer.Argument(help="Name of the source: lower-case letters, digits and _.")]


@source.command()
def new(
    name: Name,
    processor: Annotated[str | None, typer.Option(help="Who runs it: a name in processors.yaml.")] = None,
    location: Annotated[str | None, typer.Option(help="Where its host is: a country, or a region.")] = None,
    provider: Annotated[str | None, typer.Option(help="The cloud whose region the location is.")] = None,
    title: Annotated[str | None, typer.Option(help="What people call it; its name with a capital.")] = None,
    connection: Annotated[str | None, typer.Option(help="Airflow connection id; the name.")] = None,
    dialect: Annotated[str | None, typer.Option(help="postgresql, mysql (MariaDB too), sqlite, ...")] = None,
    timezone: Annotated[str | None, typer.Option(help="Of times without offset; Europe/Helsinki.")] = None,
    phone_country: Annotated[
        str | None, typer.Option(help="ISO code of the country of phone numbers that name none; without it refused.")
    ] = None,
    entities: Annotated[str, typer.Option(help=f"SELECTs to write, with commas between, or all: {ENTITIES}.")] = (
        "customer,person"
    ),
    add: Annotated[bool, typer.Option("--add", help="The source is there: write the SELECTs it lacks.")] = False,
    as_json: Json = False,
) -> None:
    """Write a source's skeleton: its entry in sources.yaml, and a SELECT per entity to be filled in."""
    from rekisteri.onboarding import skeleton

    wanted = [one.strip() for one in entities.split(",") if one.strip()]
    if add:
        written = skeleton.add(name, wanted)
    else:
        if not processor or not location:
            raise typer.BadParameter("name who runs it with --processor, and where its host is with --location")
        given = {"processor": processor, "location": location, "provider": provider, "title": title}
        given |= {"connection": connection, "dialect": dialect, "timezone": timezone}
        given |= {"phone_country": phone_country}
        written = skeleton.write(name, skeleton.new_entry(name, given), wanted)
    _show(name, written, as_json)


@source.command("try")
def try_(
    name: Name,
    rows: Annotated[int, typer.Option(min=1, help="Rows to read of each entity at most.")] = 1000,
    keys: Annotated[int, typer.Option(min=0, help="Source keys to show for each rule at most.")] = 5,
    entity: Annotated[str | None, typer.Option(help="Show this one only.")] = None,
    as_json: Json = False,
) -> None:
    """Read a source's first rows and show what would be merged and refused; nothing is written."""
    from dataclasses import asdict

    from rekisteri.errors import PolicyError
    from rekisteri.onboarding import trial

    found = trial.run(name, rows, keys)
    shown = [one for one in found.entities if entity in (None, one.entity)]
    if not shown:
        had = ", ".join(one.entity for one in found.entities)
        raise PolicyError(f"source {name!r} has no SELECT for {entity!r}; it has {had}")
    if as_json:
        document(asdict(found) | {"entities": [asdict(one) for one in shown]})
        return
    say(f"Host: {found.host}")
    counts = ("entity", "read", "merged", "unchanged", "refused", "suppressed")
    table(f"What would become of {name}'s rows, {rows} at most of each entity", counts, map(asdict, shown))
    for one in shown:
        for located in one.locations:
            say(f"{one.entity}.{located.column}: {located.locations} locations, {located.outside} outside the EU/EEA")
        for phone in one.phones:
            say(f"{one.entity}.{phone}")
        if one.unjudged:
            say(f"{one.entity}: {one.unjudged} references lead beyond the {rows} rows read; they were not judged")
    refused = [asdict(refusal) | {"entity": one.entity} for one in shown for refusal in one.refusals]
    for row in refused:
        row["keys"] = " ".join(row["keys"]) + (" ..." if row["rows"] > len(row["keys"]) else "")
    if refused:
        table("What is refused, and what is wanted there", ("entity", "rule", "rows", "keys", "wanted"), refused)
    stops = [why for one in shown for why in one.stops]
    for why in stops:
        say(f"Would stop the pull: {why}")
    if any(one.pull_rules for one in shown):
        say(
            f"What may stop a whole pull was held against these rows only, {rows} at most of each entity: all of them "
            "may tell otherwise, and what wants more rows (fewest_rows) was not judged"
        )
    if found.tells_no_end:
        say(
            f"{name} brings customers and no contracts: nothing tells when one that it still has is over, unless "
            'another source has its contracts ("When a customer of the source is over", docs/sources.md)'
        )
    say("Nothing was written." if refused or stops else "Nothing is refused, and nothing was written.")


def _show(name: str, written: Any, as_json: bool) -> None:
    from rekisteri import paths, sources
    from rekisteri.policy_lines import shown

    entry = sources.named(name)
    dialect = entry.dialect
    address = "/absolute/path.db" if dialect == "sqlite" else "reader:password@host/database"
    secrets = shown(paths.home() / "secrets" / "connections.json")
    steps = [
        f'give it a login that may only read: in {secrets} a line "{entry.connection}": "{dialect}://{address}" '
        f"(in production an Airflow connection {entry.connection!r})",
        "fill in " + (", ".join(written.selects) or "its SELECTs"),
        *([written.lacking] if written.lacking else []),
        "`rekisteri check` until it names this source no more",
        f"`rekisteri source try {name}` shows what would be merged and refused, and writes nothing",
        f"switch the DAG ingest_{name} on in the Airflow UI",
    ]
    if as_json:
        document({"entry": written.entry, "selects": written.selects, "further_entities": written.left, "next": steps})
        return
    say(f"entry: {written.entry}")
    for path in written.selects:
        say(f"SELECT: {path}")
    if written.left:
        say(f"further entities, with `rekisteri source new {name} --add --entities ...`: {', '.join(written.left)}")
    say("Next:")
    for n, step in enumerate(steps, 1):
        say(f"  {n}. {step}")
