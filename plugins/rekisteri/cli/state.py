"""Commands that look and change nothing: status, check, residency map and explain."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from rekisteri.cli import evidence
from rekisteri.cli.output import Json, document, say, table
from rekisteri.cli.report import show, show_plan

__all__ = ["check", "collected", "residency", "show", "show_plan", "status"]

residency = typer.Typer(help="Where data may be.", no_args_is_help=True)


def collected() -> dict[str, Any]:
    """Return what status tells: books, quarantine, DAGs, analyst tables, the newest erasure plan, the evidence."""
    from rekisteri.cli import reading

    return {
        "books": reading.books(),
        "quarantine": reading.rows("status/quarantine"),
        "dags": reading.airflow_states(),
        "analyst_tables": reading.rows("status/publications"),
        "erasure_plan": reading.plan(),
        "audit": evidence.verified(),
    }


def status(as_json: Json = False) -> None:
    """Show the last night's books, quarantine by reason, DAGs, analyst tables, the erasure plan, the evidence."""
    found = collected()
    if as_json:
        document(found)
    else:
        show(found)


def check(as_json: Json = False) -> None:
    """Check policies, extracts and analyst tables before anything runs; status 1 where something is wrong."""
    from rekisteri.cli import checks

    findings = checks.findings(date.today())
    if as_json:
        document({"sound": not findings, "findings": findings})
    else:
        for finding in findings:
            say(finding)
        say("nothing is wrong" if not findings else f"{len(findings)} finding(s)")
    if findings:
        raise typer.Exit(1)


@residency.command("map")
def map_(
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day that counts; today.")] = None,
    as_json: Json = False,
) -> None:
    """Show where our data lives and who can reach it; status 1 where a place or processor of the policy is outside.

    Outside is what is not in the EU/EEA. Records that lie outside on consent are no places of the policy and do not
    count here: residency transfers lists them, and residency misplaced those without a consent in force. Nor do rows
    that wait in quarantine for their place, which are told by source and country or case.
    """
    from dataclasses import asdict

    from rekisteri.cli import waiting
    from rekisteri.residency.whereabouts import whereabouts

    rows = [asdict(row) for row in whereabouts(on.date() if on else date.today())]
    if as_json:
        document(waiting.beside(rows))
    else:
        for row in rows:
            row["groups"] = " ".join(map(str, row["groups"])) or "none"
            row["for"] = ", ".join(row["used_by"])
            row["by"] = row["line"].rpartition("/")[2]
        places = [row for row in rows if row["what"] != "processor"]
        reached = [row | {"processor": row["name"]} for row in rows if row["what"] == "processor"]
        table("Where our data is", ("what", "name", "processor", "place", "country", "inside", "groups", "by"), places)
        seen = ("processor", "kind", "place", "country", "inside", "groups", "contract", "for", "by")
        table("Who can reach it, and from where", seen, reached)
        for row in rows:
            if not row["inside"]:
                say(f"OUTSIDE: {row['what']} {row['name']}: {row['because']}")
        waiting.tell()
    if not all(row["inside"] for row in rows):
        raise typer.Exit(1)


@residency.command()
def explain(
    location: Annotated[str, typer.Argument(help="A region, zone, country, alias, host, or a processor's name.")],
    provider: Annotated[str | None, typer.Option(help="The cloud provider whose region it is.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day that counts; today.")] = None,
    as_json: Json = False,
) -> None:
    """Say whether a location is inside the EU/EEA, and why; status 1 where it is not."""
    from rekisteri.residency import explain as why
    from rekisteri.residency import said

    found = why(location, provider, on.date() if on else date.today())
    if as_json:
        document(found)
    else:
        say("\n".join(said(found)))
    if not found["inside"]:
        raise typer.Exit(1)
