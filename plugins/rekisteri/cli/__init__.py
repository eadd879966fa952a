"""The command `rekisteri`. Each command imports what it needs when it is called: `rekisteri --help` is quick.

The parts:

    output      how answers and errors are shown, for people and with --json
    state       status, check, residency map, explain
    evidence    audit list, verify
    report      what status and run show people
    checks      what check looks at
    gates       gates
    night       run, demo, clean
    source      source new, try
    drifting    source drift
    docs        docs build
    production  production secrets, databases
    warehouse   warehouse upgrade, status
    erasing     erasure plan, show, approve, reject; hold place, end, list
    choosing    which quarantined rows a command means
    quarantine  quarantine list, retest
    showing     quarantine show
    deciding    quarantine release, reject, decided
    residency   residency transfers, misplaced
    policy      policy log, diff, note
    who         who explain, review, merge, apart, forget
    explaining  what who explain tells

An error of ours ends a command with status 1 and its message, without a traceback.
"""

import typer

from rekisteri.cli import (
    deciding,
    docs,
    erasing,
    evidence,
    night,
    policy,
    production,
    quarantine,
    residency,
    showing,
    state,
    warehouse,
    who,
)
from rekisteri.cli import source as sources
from rekisteri.cli.gates import gates
from rekisteri.cli.output import Root

app = typer.Typer(
    name="rekisteri",
    cls=Root,
    help="A customer register that keeps its promises every night, and proves it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for _command in (state.status, gates, state.check, night.run, night.demo, night.clean):
    app.command()(_command)
for _of_a_row in (showing.show, deciding.release, deciding.reject, deciding.decided):
    quarantine.quarantine.command()(_of_a_row)
app.add_typer(evidence.audit, name="audit")
app.add_typer(residency.residency, name="residency")
app.add_typer(policy.policy, name="policy")
app.add_typer(quarantine.quarantine, name="quarantine")
app.add_typer(sources.source, name="source")
app.add_typer(erasing.erasure, name="erasure")
app.add_typer(erasing.hold, name="hold")
app.add_typer(warehouse.warehouse, name="warehouse")
app.add_typer(who.who, name="who")
app.add_typer(production.production, name="production")
app.add_typer(docs.docs, name="docs")

__all__ = ["app"]
