"""Commands of the embedded default: run one night, load the demonstration, remove everything."""

from datetime import datetime
from typing import Annotated

import typer

from rekisteri import paths
from rekisteri.cli.output import Json, document, progress, say

Customers = Annotated[int, typer.Option(min=1, help="Customers of the demonstration.")]
Seed = Annotated[int, typer.Option(help="Seed of the demonstration: the same one, the same data.")]
AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The demonstration's frozen day; 2026-11-01.")
]


_WAITS = (
    "The erasure plan waits for its answer: `rekisteri erasure show` lists it; answer it as `dpo` under Required "
    "Actions, or by `rekisteri erasure approve` or `reject`."
)


def run(
    ui: Annotated[bool, typer.Option("--ui", help="Keep the Airflow UI up afterwards.")] = False,
    customers: Customers = 2000,
    seed: Seed = 1,
    as_of: AsOf = None,
    leave_approval: Annotated[
        bool, typer.Option("--leave-approval", help="Leave the erasure plan to a person, instead of approving it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run one whole night on the embedded PostgreSQL and Airflow; status 1 unless every DAG and the books are right."""
    from rekisteri.cli import state
    from rekisteri.embedded import airflow, life, night, secrets

    home = paths.home()
    with life.only_one(home), life.stopped_on_failure(home):
        service = night.prepare(home, customers, seed, as_of.date() if as_of else night.AS_OF, progress)
        states = night.run(home, service, progress, leave=leave_approval)
        found = state.collected()
        if not ui:
            airflow.stop(home)
    wrong = night.outcome(states)
    wrong += [f"books of {b['source']}.{b['entity']} do not balance" for b in found["books"] if not b["balanced"]]
    if not found["books"]:
        wrong.append("no source has any books: nothing was merged")
    if not found["audit"]["intact"]:
        wrong.append("the evidence is not as it was written; `rekisteri audit verify` says where")
    if as_json:
        document(found | {"wrong": wrong, "ui": service.url if ui else None})
    else:
        state.show(found)
        # make ui would answer the plan that was left.
        again = "rekisteri run --ui --leave-approval" if leave_approval else "make ui"
        if ui:
            say(f"Airflow UI: {service.url} (logins and passwords: {secrets.folder(home)}/ui_passwords.json)")
        else:
            say(f"Airflow UI: `{again}` starts it, keeps it up and prints its address and login")
        waits = states.get("erase") == night.WAITS
        if waits:
            say(_WAITS)
        rest = "but the erasure, which waits, " if waits else ""
        for fault in wrong or [f"Every DAG run {rest}succeeded, the books balance, the evidence is intact."]:
            say(f"WRONG: {fault}" if wrong else fault)
    if wrong:
        raise typer.Exit(1)


def demo(customers: Customers = 2000, seed: Seed = 1, as_of: AsOf = None, as_json: Json = False) -> None:
    """Load the three demonstration sources; what is there already, with the same numbers, stays."""
    from rekisteri import demo as demonstration
    from rekisteri.embedded import life, night, secrets

    home, day = paths.home(), as_of.date() if as_of else night.AS_OF
    with life.only_one(home):
        life.start_database(home)
        secrets.put_variable(home, "rekisteri_as_of", day.isoformat())
        demonstration.load(customers, seed, day)
    answer = {"customers": customers, "seed": seed, "as_of": day, "manifest": str(home / "demo" / "manifest.json")}
    if as_json:
        document(answer)
    else:
        say(f"{customers} customers as of {day}; what was planted is listed in {answer['manifest']}")


def clean(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Stop the embedded servers and remove all that they made, the keys included."""
    from rekisteri.embedded import life

    home = paths.home()
    if not yes:
        typer.confirm(f"Remove everything that was made in {home}?", abort=True, err=True)
    with life.only_one(home):
        life.stop(home)
    life.clean(home)
    if as_json:
        document({"removed": str(home)})
    else:
        say(f"{home}: stopped and removed")
