"""Commands by which a person decides of one refused row, and that which tells what was decided: release, reject."""

from typing import Annotated, Any

import typer

from rekisteri.cli.choosing import Entity, Id, Key, Source, chosen, require_known
from rekisteri.cli.erasing import Staff, tonight
from rekisteri.cli.output import Json, document, say, table
from rekisteri.cli.quarantine import tell

Reason = Annotated[str, typer.Option(help="A code such as fault_is_harmless; no free text.")]
_DECIDED = ("source", "entity", "source_key", "decision", "reason", "rules", "staff", "decided_on")


def release(
    staff: Staff,
    quarantine_id: Id = None,
    source: Source = "",
    entity: Entity = "",
    key: Key = "",
    reason: Reason = "looked_at",
    as_json: Json = False,
) -> None:
    """Let one row in though a quality rule refuses it, and what waits for it; sticks until the source changes it."""
    from rekisteri import connections
    from rekisteri.cli.reading import DPO
    from rekisteri.quarantine import deciding, looking, retesting

    night = tonight()
    with connections.connect(DPO, autocommit=True) as conn:
        number = chosen(conn, quarantine_id, source, entity, key)
        row = deciding.one(conn, number)
        source = deciding.release(conn, number, reason=reason, staff=staff, decided_on=night)
    if not as_json:
        say(f"{_row(row)} was released by {staff}: {reason}")
    done = retesting.retest(source, night)
    with connections.connect(DPO, autocommit=True) as conn:
        still = [one["rules"] for one in looking.listed(conn, ids=[number])]
    if not as_json:
        for rules in still:
            other = sorted(set(rules) - set(row["rules"]))
            say(
                f"It still waits: another rule refuses it ({', '.join(other)})"
                if other
                else "It still waits: it cannot be judged again from what is kept of it; the next pull lets it in"
            )
        if done.books:
            say(f"The table counts the rows of {source} that wait: they were judged again along with it.")
    tell([done], as_json, decision="release", staff=staff, reason=reason, **_named(row))


def reject(
    staff: Staff,
    quarantine_id: Id = None,
    source: Source = "",
    entity: Entity = "",
    key: Key = "",
    reason: Reason = "looked_at",
    as_json: Json = False,
) -> None:
    """Say that one row never comes in: its content goes at once; the books count it while the source sends it."""
    from rekisteri import connections
    from rekisteri.cli.reading import DPO
    from rekisteri.quarantine import deciding

    with connections.connect(DPO, autocommit=True) as conn:
        number = chosen(conn, quarantine_id, source, entity, key)
        row = deciding.one(conn, number)
        deciding.reject(conn, number, reason=reason, staff=staff, decided_on=tonight())
    if as_json:
        document({"decision": "reject", "staff": staff, "reason": reason} | _named(row))
    else:
        say(f"{_row(row)} was rejected by {staff}: {reason}")
        say("It never comes in as it is, and its content is gone.")


def decided(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    entity: Annotated[str | None, typer.Option(help="Only this entity.")] = None,
    as_json: Json = False,
) -> None:
    """List what people decided of refused rows, the newest first: who let what in or kept it out, when and why."""
    from rekisteri import connections
    from rekisteri.cli.reading import DPO
    from rekisteri.quarantine import looking

    with connections.connect(DPO, autocommit=True) as conn:
        require_known(conn, None, source, entity)
        found = looking.decided(conn, source=source, entity=entity)
    if as_json:
        document(found)
        return
    if not found:
        say("Nobody has decided of a row that is as asked for. What ended with its row is in the audit.")
        return
    table("Decided by a person", _DECIDED, [row | {"rules": ", ".join(row["rules"])} for row in found])


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["quarantine_id"]} | {name: row[name] for name in ("source", "entity", "source_key")}


def _row(row: dict[str, Any]) -> str:
    key = "without a key" if row["source_key"] is None else row["source_key"]
    return f"Row {row['quarantine_id']} ({row['source']} {row['entity']} {key})"
