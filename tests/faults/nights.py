"""A whole night of the demo in steps that can each be done alone, what it leaves, and copies of the state between."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from rekisteri import audit, connections, demo, erasure, extraction, merging, quality, recount
from rekisteri.demo.load import folder
from rekisteri.model import ENTITIES
from rekisteri.nights import erasing, ingest, publishing
from rekisteri.residency import gate

AS_OF = date(2026, 11, 1)
DPO = "dpo1"
SOURCES = ("billing", "service_desk", "crm")
"""The pull of the last one is the one that is disturbed: it has the most entities."""
PULL: dict[str, Callable[[str], object]] = {
    "extract": extraction.extract,
    "conform": ingest.conform,
    "check_quality": quality.check_quality,
    "check_locations": gate.check_locations,
    "merge": merging.merge,
    "link_subjects": ingest.link_subjects,
    "recount": recount.recount,
}
AFTER: dict[str, Callable[[], object]] = {
    "expire": erasing.expire_quarantine,
    "plan": erasing.plan_erasure,
    "approve": lambda: _approve(),
    "erase": lambda: erasing.erase(_plan()),
    "verify": lambda: erasing.verify_erasure(_plan()),
    "give_pseudonyms": publishing.give_pseudonyms,
    "publish": publishing.publish,
}
STEPS = ("open_pull", *PULL, *AFTER)


def do(step: str, run: str = "night", source: str = SOURCES[-1]) -> None:
    """Do one step as its task would; where it stands comes from the warehouse alone."""
    if step == "open_pull":
        ingest.open_pull(source, AS_OF, run)
    elif step in PULL:
        PULL[step](_one("select pull_id::text from staging.pull where source = %s and run_id = %s", source, run))
    else:
        AFTER[step]()


def pull(run: str, source: str) -> None:
    """Pull a source whole."""
    for step in ("open_pull", *PULL):
        do(step, run, source)


def finish(step: str) -> None:
    """Do a step and all that follow it in its night."""
    for name in STEPS[STEPS.index(step) :]:
        do(name)


def _approve() -> None:
    with connections.connect("warehouse", autocommit=True) as conn:
        erasure.approve(conn, _plan(), DPO)


def _plan() -> str:
    return str(_one("select checksum from register.erasure_plan where state <> 'voided'"))


def _one(query: str, *values: str) -> Any:
    with connections.connect("warehouse", autocommit=True) as conn:
        found = conn.execute(query, values).fetchall()
    assert len(found) == 1
    return found[0][0]


EDITS = (
    "update crm.organisations set employees = 1, legal_name = legal_name || ' uusi' where party_id % 3 = 0",
    "update crm.contact_points set value = 'ei puhelinta' where medium = 'T' and party_id % 7 = 1",
    "update crm.agreement_lines set cloud = 'aws', region = 'eu-west-2' where id % 9 = 2",
    "delete from crm.activities where id in (select id from crm.activities order by id limit 5)",
    "update crm.leads set company = company || ' uusi' where id in (select max(id) from crm.leads)",
    "insert into crm.activities select id + 1000000, party_id, person_id, occurred_at, type_code, summary "
    "from crm.activities where id % 4 = 1",
)
"""What changes at the source between two nights, so that the disturbed pull inserts, updates, keeps and drops."""


@dataclass
class Copies:
    """Copies of the warehouse, of the audit's heads and of the object store, one before each step of a night.

    Their databases go with the suite's server.
    """

    home: Path
    aside: Path

    def _files(self, step: str) -> dict[Path, Path]:
        return {
            self.home / "audit": self.aside / step / "audit",
            folder() / "object_store": self.aside / step / "store",
        }

    def keep(self, step: str) -> None:
        """Keep the state as it is before a step."""
        self._copy_database("warehouse", f"before_{step}")
        for here, there in self._files(step).items():
            shutil.copytree(here, there)

    def restore(self, step: str) -> None:
        """Put everything back as it was before a step."""
        self._copy_database(f"before_{step}", "warehouse")
        for here, there in self._files(step).items():
            shutil.rmtree(here)
            shutil.copytree(there, here)
        # As if made today: after midnight the same copy would be of a night later (pull/night_by_now).
        with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as conn:
            conn.execute(
                "update staging.pull set changed_at = changed_at + interval '1 day' * (now()::date - changed_at::date)"
            )

    def _copy_database(self, of: str, to: str) -> None:
        with connections.connect("postgres_admin", autocommit=True) as server:
            # Great Expectations leaves its connection to the garbage collector; a template must have none.
            server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (of,))
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(to)))
            server.execute(sql.SQL("create database {} template {}").format(sql.Identifier(to), sql.Identifier(of)))


def undisturbed(copies: Copies, around: Callable[[str], AbstractContextManager[None]] = nullcontext) -> dict[str, Any]:
    """Run the night as it should be, keeping a copy before each of its steps; return what it leaves.

    Args:
        copies: where the copies are kept.
        around: entered for each step, by its name.
    """
    demo.load(24, 7, AS_OF)
    for source in SOURCES:
        pull("night", source) if source != SOURCES[-1] else pull("night before", source)
    with connections.connect("demo_crm", autocommit=True) as origin:
        for edit in EDITS:
            assert origin.execute(edit).rowcount, edit
    for step in STEPS:
        copies.keep(step)
        with around(step):
            do(step)
    return left()


_PULL = "(select source || ' ' || run_id from staging.pull where pull_id = t.{})"
_ROW = (
    "select to_jsonb(t) - array['quarantine_id', 'first_pull', 'changed_pull', 'vanished_pull', "
    "'last_pull', 'made_at', 'subject_id', 'published_at', 'transfer_id', 'pull_id', 'evidence_at', "
    "'transferred_at'] || jsonb_build_object({}) from {} as t"
)
_OTHERS: dict[str, tuple[str, ...]] = {
    "quarantine.row": ("first_pull", "last_pull"),
    "vault.row_tombstone": (),
    "vault.identifier_tombstone": (),
    "vault.marketing_prohibition": (),
    "register.subject_review": (),
    "register.transfer_log": ("pull_id",),
    "register.misplaced": (),
    "register.erasure_plan": (),
    "register.erasure_item": (),
    "analytics.publication": (),
}
_QUERIES = {
    "links": "select s.kind, array_agg(array[l.source, l.entity, l.source_key, l.rule] order by l.source, l.entity, "
    "l.source_key) from register.subject left join register.subject_link as l using (subject_id) "
    "cross join lateral (select kind) as s group by subject_id, s.kind",
    "pulls": "select source, run_id, night, state from staging.pull",
    "arrivals": "select p.source, p.run_id, a.entity, a.read, a.hetu_removed from staging.arrival as a "
    "inner join staging.pull as p using (pull_id)",
    "columns": "select p.source, p.run_id, c.entity, c.name, c.rows, c.nulls, c.offered, c.offered_nulls, c.merged "
    "from quarantine.column_night as c inner join staging.pull as p using (pull_id)",
    "pseudonyms": "select p.domain, s.kind, count(*) from vault.pseudonym as p "
    "left join register.subject as s using (subject_id) group by 1, 2",
    "books": "select p.source, p.run_id, e.entity, e.numbers from audit.entry as e "
    "inner join staging.pull as p using (pull_id) where e.kind = 'books'",
    "audit": "select kind, night, source, entity, rule, column_name, staff, plan_checksum, numbers from audit.entry "
    "where kind not in ('pull_started', 'processor_checked', 'store_checked', 'destination_checked')",
    "staging": "select relname from pg_class where relnamespace = 'staging'::regnamespace "
    "and relpersistence = 'u' and relkind = 'r'",
    **{
        f"analytics.{view}": f"select to_jsonb(v) - array['person', 'customer'] from analytics.{view} as v"
        for view in ("persons", "contracts", "cases")
    },
}


def left(published: bool = True, admin: str = "postgres_admin") -> dict[str, Any]:
    """Return all that a night leaves, but for surrogate ids, ids of pulls, and times.

    Args:
        published: whether the analyst tables are there to look at.
        admin: connection of the superuser of the warehouse's server.
    """
    register = {f'register."{e}"': ("first_pull", "changed_pull", "vanished_pull") for e in ENTITIES}
    with connections.connect(admin, dbname="warehouse", autocommit=True) as conn:
        found = {table: _rows(conn, _row(table, pulls)) for table, pulls in (register | _OTHERS).items()}
        queries = {name: query for name, query in _QUERIES.items() if published or not name.startswith("analytics.")}
        found |= {name: _rows(conn, query) for name, query in queries.items()}
        found["audit broken"] = list(audit.verify(conn).findings)
    store = folder() / "object_store"
    found["media"] = sorted(str(file.relative_to(store)) for file in store.rglob("*") if file.is_file())
    return found


def _row(table: str, pulls: tuple[str, ...]) -> str:
    return _ROW.format(", ".join(f"'{name}', {_PULL.format(name)}" for name in pulls), table)


def _rows(conn: psycopg.Connection[Any], query: str) -> list[str]:
    return sorted(map(repr, conn.execute(query).fetchall()))  # type: ignore[arg-type]


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what differs, by table: rows too many, rows missing."""
    return {
        name: {"too many": _less(found[name], wanted[name]), "missing": _less(wanted[name], found[name])}
        for name in wanted
        if found[name] != wanted[name]
    }


def _less(many: list[str], few: list[str]) -> list[str]:
    rest = list(many)
    for row in few:
        if row in rest:
            rest.remove(row)
    return rest
