"""What `rekisteri status` and `rekisteri run` show people, in 100 columns and no colour: counts, states, dates."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any

from rekisteri.cli.output import say, table

Rows = list[dict[str, Any]]
MOST = 10
"""Rules of quarantine that are listed; the rest is counted."""


def show(found: Mapping[str, Any]) -> None:
    """Show what ``state.collected`` returned."""
    _books(found["books"])
    _quarantine(found["quarantine"])
    table("DAGs, last run", ("dag", "state", "due"), [_dag(one) for one in found["dags"]])
    _analyst_tables(found["analyst_tables"])
    show_plan(found["erasure_plan"])
    say("\n" + evidence(found["audit"]))


def _books(books: Rows) -> None:
    from rekisteri import sources
    from rekisteri.cli.reading import BOOKS

    shown: Rows = []
    for (source, night), entries in groupby(books, key=lambda book: (book["source"], book["night"])):
        held = list(entries)
        shown.append({"source_and_entity": f"{source}, {night}"} | _sum(held))
        shown += [{"source_and_entity": f"  {book['entity']}"} | {name: book[name] for name in BOOKS} for book in held]
    newest = max((book["night"] for book in books), default=None)
    tonight = [book for book in books if book["night"] == newest]
    if len({book["source"] for book in tonight}) > 1:
        # A source's books of an earlier night are shown, and are no part of this one's sum.
        every = "all sources" if len(tonight) == len(books) else f"all sources of {newest}"
        shown.append({"source_and_entity": every} | _sum(tonight))
    table("Books of the last night, in rows", ("source_and_entity", *BOOKS), shown)
    known = sources.read()
    for source, night in sorted({(book["source"], book["night"]) for book in books if book["night"] != newest}):
        if source in known:
            say(f"  {source} has no books of {newest}: those of {night} are shown; see `rekisteri gates`")
    for source in sorted({book["source"] for book in books if book["newer_unmerged"]}):
        say(f"  {source} was pulled again since, and that pull has not been merged: see `rekisteri gates`")


def _sum(books: Rows) -> dict[str, Any]:
    from rekisteri.cli.reading import BOOKS

    counts = {name: sum(book[name] or 0 for book in books) for name in BOOKS if name != "balanced"}
    return counts | {"balanced": all(book["balanced"] for book in books)}


def _quarantine(reasons: Rows) -> None:
    shown: Rows = []
    for rule in {one["rule"] for one in reasons}:
        alike = [one for one in reasons if one["rule"] == rule]
        where = [f"{one['source']}.{one['entity']}" for one in alike]
        places = ", ".join(where[:2]) + (f" and {len(where) - 2} more" if len(where) > 2 else "")
        shown.append({"rule": rule, "rows": sum(one["rows"] for one in alike), "where": places})
    shown.sort(key=lambda one: (-one["rows"], one["rule"]))
    table("Quarantine: rules that refuse rows now", ("rule", "rows", "where"), shown[:MOST])
    if len(shown) > MOST:
        say(f"  and {len(shown) - MOST} further rules")
    if shown:
        say("  row by row: rekisteri quarantine list")


def _dag(run: Mapping[str, Any]) -> dict[str, Any]:
    due = run["run_after"]
    due = datetime.fromisoformat(due) if isinstance(due, str) else due
    return {"dag": run["dag_id"], "state": run["state"], "due": due.astimezone() if due else None}


def _analyst_tables(tables: Rows) -> None:
    shown = [
        {
            "table": one["table_name"],
            "rows": one["rows"],
            "left_out_small_group": one["left_out_small"],
            "left_out_due": one["left_out_due"],
            "night": one["night"],
        }
        for one in tables
    ]
    table("Analyst tables", ("table", "rows", "left_out_small_group", "left_out_due", "night"), shown)


def show_plan(plan: Mapping[str, Any] | None, listed: bool = False) -> None:
    """Show an erasure plan: what goes by the model's parts, what stays by ground with its last date.

    Args:
        plan: as ``reading.plan`` returns it.
        listed: whether its records were shown already.
    """
    title = "Erasure plan"
    if plan:
        # Carried out at once, without an approval: there was nothing to approve.
        idle = plan["state"] == "erased" and not plan["erase"] and not plan["restrict"]
        state = "nothing to erase or restrict" if idle else plan["state"]
        title = f"Erasure plan {plan['checksum'][:12]}, night of {plan['night']}: {state}"
    table(title, ("action", "what", "records", "until"), list(_summary(plan["grounds"])) if plan else [])
    if plan and not listed:
        say(f"  record by record: rekisteri erasure show {plan['checksum'][:12]}")


def _summary(grounds: Rows) -> Iterator[dict[str, Any]]:
    parts = _parts()
    erased = [(parts[one["entity"]], one) for one in grounds if one["action"] == "erase"]
    kept = [(str(one["ground"]), one) for one in grounds if one["action"] != "erase"]
    for action, items in (
        ("erase", erased),
        ("restrict", [item for item in kept if item[1]["action"] == "restrict"]),
        ("keep", [item for item in kept if item[1]["action"] == "keep"]),
    ):
        for what in sorted({name for name, _ in items}):
            alike = [one for name, one in items if name == what]
            yield {
                "action": action,
                "what": what.replace("_", " "),
                "records": sum(one["records"] for one in alike),
                "until": None if action == "erase" else _last(one["last_until"] for one in alike),
            }


def _last(ends: Iterable[date | None]) -> str:
    known = list(ends)
    # No date: the ground has no end of its own yet, such as an open hold.
    return "open" if None in known else str(max(end for end in known if end))


def _parts() -> dict[str, str]:
    """Entity -> the module of the model that declares it: parties, contracts, service_desk, billing."""
    from rekisteri.model import Base

    return {str(m.local_table.name): m.class_.__module__.rpartition(".")[2] for m in Base.registry.mappers}  # type: ignore[attr-defined]


def evidence(audit: Mapping[str, Any]) -> str:
    """Return the line that says whether the evidence is as it was written."""
    if audit["no_head_yet"]:
        return (
            f"Audit: {audit['entries']} entries, no head is kept: as it should be only until the first night has ended"
        )
    told = f"Audit: {audit['entries']} entries, {audit['heads']} heads kept outside the database: "
    return told + ("intact" if audit["intact"] else "BROKEN; `rekisteri audit verify` says where")
