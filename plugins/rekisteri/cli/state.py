"""Commands that look and change nothing: status, check, audit verify, residency explain."""

import importlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import typer

from rekisteri.cli.output import Json, document, say, table

audit = typer.Typer(help="The evidence.", no_args_is_help=True)
residency = typer.Typer(help="Where data may be.", no_args_is_help=True)

CHECKS = ("sources", "publication", "retention", "residency")
"""Modules whose ``check()`` returns what is wrong, as sentences."""


def collected() -> dict[str, Any]:
    """Return what status tells: books, DAGs, analyst tables, and the newest erasure plan."""
    from rekisteri.cli import reading

    return {
        "books": reading.books(),
        "dags": reading.airflow_states(),
        "analyst_tables": reading.rows("status/publications"),
        "erasure_plan": reading.plan(),
    }


def show(found: dict[str, Any]) -> None:
    """Show what ``collected`` returned, for people."""
    from rekisteri.cli.reading import BOOKS

    table("Last night, per source and entity", ("source", "night", "entity", *BOOKS), found["books"])
    table("DAGs", ("dag_id", "state", "run_after"), found["dags"])
    shown = ("table_name", "night", "published_at", "rows", "left_out_due", "left_out_small", "version")
    table("Analyst tables", shown, found["analyst_tables"])
    show_plan(found["erasure_plan"])


def show_plan(plan: dict[str, Any] | None) -> None:
    """Show an erasure plan with its items counted by ground."""
    title = "Erasure plan"
    if plan:
        title = f"Erasure plan {plan['checksum'][:12]} of {plan['night']}: {plan['state']}"
    columns = ("action", "entity", "rule", "ground", "records", "first_until", "last_until")
    table(title, columns, plan["grounds"] if plan else [])


def status(as_json: Json = False) -> None:
    """Show the last night per source and entity, each DAG's last state, the analyst tables, the erasure plan."""
    found = collected()
    if as_json:
        document(found)
    else:
        show(found)


def check(as_json: Json = False) -> None:
    """Check policies, extracts and analyst tables before anything runs; status 1 where something is wrong."""
    findings = [finding for module in CHECKS for finding in _findings(module)]
    if as_json:
        document({"sound": not findings, "findings": findings})
    else:
        for finding in findings:
            say(finding)
        say("nothing is wrong" if not findings else f"{len(findings)} finding(s)")
    if findings:
        raise typer.Exit(1)


def _findings(module: str) -> list[str]:
    from rekisteri.errors import RekisteriError

    try:
        look: Callable[[], Any] | None = getattr(importlib.import_module(f"rekisteri.{module}"), "check", None)
        return [str(finding) for finding in look() or []] if look else []
    except RekisteriError as error:
        return str(error).splitlines()


@audit.command()
def verify(as_json: Json = False) -> None:
    """Follow the evidence's whole hash chain; status 1 where it was changed, cut, reordered or has a gap."""
    from dataclasses import asdict

    from rekisteri import connections
    from rekisteri.audit import verify as follow

    # The auditor's login reads the evidence and nothing else.
    with connections.connect("warehouse_auditor", autocommit=True) as conn:
        found = follow(conn)
    if as_json:
        document(asdict(found))
    else:
        for finding in found.findings:
            say(finding)
        say(f"{found.entries} entries, {found.heads} heads kept outside: {'intact' if found.intact else 'BROKEN'}")
    if not found.intact:
        raise typer.Exit(1)


@residency.command()
def explain(
    location: Annotated[str, typer.Argument(help="A region, zone, country, alias, or a processor's name.")],
    provider: Annotated[str | None, typer.Option(help="The cloud provider whose region it is.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day that counts; today.")] = None,
    as_json: Json = False,
) -> None:
    """Say whether a location is inside the EU/EEA, and why; status 1 where it is not."""
    from rekisteri.residency import explain as why

    found = why(location, provider, on.date() if on else date.today())
    if as_json:
        document(found)
    else:
        table(location, ("what", "answer"), [{"what": k, "answer": v} for k, v in found.items() if v not in (None, [])])
    if not found["inside"]:
        raise typer.Exit(1)
