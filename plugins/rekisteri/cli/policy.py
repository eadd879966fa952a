"""Commands on the policies' changes: policy log, diff, note."""

from typing import Annotated, Any

import typer

from rekisteri.cli.output import Json, document, say, table

policy = typer.Typer(help="When a policy changed, who said so, and what changed.", no_args_is_help=True)

File = Annotated[str, typer.Argument(help="A file of include/policy, such as residency.yaml.")]


def _log(file: str | None) -> list[dict[str, Any]]:
    from rekisteri.cli import reading

    return reading.rows("status/policy_versions", file=file)


@policy.command()
def log(as_json: Json = False) -> None:
    """List each version of each policy file, the newest first."""
    found = [{name: value for name, value in one.items() if name != "content"} for one in _log(None)]
    if as_json:
        document(found)
        return
    shown = [one | {"staff": one["staff"] or "unknown", "sha256": one["sha256"][:12]} for one in found]
    table("Policies", ("noted_at", "night", "file", "staff", "sha256", "first"), shown)


@policy.command()
def diff(file: File, as_json: Json = False) -> None:
    """Show what changed in a policy file when it changed last."""
    from rekisteri import policy_events

    versions = _log(file)
    lines = policy_events.difference(versions, file)
    if as_json:
        document({"file": file, "versions": len(versions), "diff": lines})
        return
    for line in lines or [f"{file} has not changed"]:
        say(line)


@policy.command()
def note(
    staff: Annotated[str, typer.Option(help="Id of the member of staff who changed it; no name, no address.")],
    as_json: Json = False,
) -> None:
    """Announce that policy files were changed, before a night finds it."""
    from rekisteri import connections, policy_events
    from rekisteri.cli.reading import DPO

    with connections.connect(DPO, autocommit=True) as conn:
        noted = policy_events.note(conn, staff=staff)
    if as_json:
        document({"noted": noted, "staff": staff})
        return
    say(f"noted, as {staff} says: {', '.join(noted)}" if noted else "no policy file has changed since it was noted")
