"""The law of incremental pulls: what a night leaves that read only what changed, a full pull would leave as well.

Two sources read the same tables of one foreign system: one incrementally, its twin everything, every night.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekisteri import changes, erasure, extraction, merging, paths, quality, recount, statements
from rekisteri.embedded import secrets
from rekisteri.model import ENTITIES
from rekisteri.nights import erasing, ingest
from rekisteri.residency import gate
from tests.faults.test_laws import FEW, KEYS, ODD, PARENTS, SOUND, TEXT, Row, Source, _empty, _fill
from tests.pull.conftest import NIGHT, POLICY, Shop

STEPS: list[Callable[[str], object]] = [
    extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge, recount.recount
]  # fmt: skip
SOURCES = ("shop", "twin")
_PULL = "(select run_id from staging.pull where pull_id = t.{})"
_LEFT = (
    "select to_jsonb(t) - array['source', 'record_id', 'quarantine_id', 'subject_id', 'first_pull', 'changed_pull', "
    "'vanished_pull', 'last_pull'] || jsonb_build_object({pulls}) from {table} as t where source = %s"
)
_LINKS = (
    "select array_agg(array[entity, source_key] order by entity, source_key) from register.subject_link "
    "where source = %s group by subject_id"
)


class Op(NamedTuple):
    """One edit of the source; numbers are taken modulo what is there."""

    kind: str
    table: str
    which: int
    cells: Row
    key: str | None


def _left(admin: psycopg.Connection[Any], source: str) -> dict[str, list[str]]:
    tables = {f'register."{entity}"': ("first_pull", "changed_pull", "vanished_pull") for entity in ENTITIES}
    tables |= {"quarantine.row": ("first_pull", "last_pull"), "vault.row_tombstone": ()}
    found = {}
    for table, pulls in tables.items():
        told = ", ".join(f"'{name}', {_PULL.format(name)}" for name in pulls)
        found[table] = sorted(map(repr, admin.execute(_LEFT.format(pulls=told, table=table), (source,))))
    return found | {"links": sorted(map(repr, admin.execute(_LINKS, (source,))))}


def _pull(source: str, run: str, full: bool) -> str:
    pull_id = ingest.open_pull(source, NIGHT, run, full, vanished=True)
    for step in STEPS:
        step(pull_id)
    return pull_id


def _differences(admin: psycopg.Connection[Any]) -> dict[str, Any]:
    one, other = (_left(admin, source) for source in SOURCES)
    return {
        table: {
            "incremental": sorted(set(one[table]) - set(other[table])),
            "full": sorted(set(other[table]) - set(one[table])),
        }
        for table in one
        if one[table] != other[table]
    }


def _parent(source: Source, table: str, which: int) -> str | None:
    parents = [row["no"] for row in source[PARENTS[table]]] or ["99"]
    return parents[which % len(parents)]


def _apply(source: Source, op: Op) -> None:
    rows = source[op.table]
    if op.kind == "add" or not rows:
        row: Row = {"no": op.key, **SOUND[op.table], **op.cells}
        if op.table in PARENTS:
            row[PARENTS[op.table]] = _parent(source, op.table, op.which)
        rows.append(row)
        return
    at = op.which % len(rows)
    if op.kind == "delete":
        del rows[at]
    elif op.kind == "change":
        rows[at] = rows[at] | op.cells
    elif op.kind == "mend":
        rows[at] = rows[at] | SOUND[op.table]
    elif op.kind == "double":
        rows.append(rows[at] | op.cells)
    elif op.kind == "key":
        rows[at] = rows[at] | {"no": op.key}
    elif op.kind == "same twice":
        # Rows that are alike in everything change alike.
        alike = rows[at]
        source[op.table] = [row | op.cells if row == alike else row for row in rows]
    elif op.kind == "parent" and op.table in PARENTS:
        rows[at] = rows[at] | {PARENTS[op.table]: _parent(source, op.table, op.which // 7)}


def _cells(table: str) -> st.SearchStrategy[Row]:
    cell = st.sampled_from(sorted(SOUND[table])).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(ODD[name]) if name in ODD else TEXT | st.none())
    )
    return st.lists(cell, max_size=2).map(dict)


KINDS = ["add", "change", "change", "delete", "mend", "double", "key", "same twice", "parent"]
OPS = st.sampled_from(sorted(SOUND)).flatmap(
    lambda table: st.builds(
        Op, st.sampled_from(KINDS), st.just(table), st.integers(0, 99), _cells(table), st.sampled_from([*KEYS, None])
    )
)
EVENTS = ["", "", "", "erase", "policy", "select", "entity"]
NIGHTS = st.lists(st.tuples(st.sampled_from(EVENTS), st.lists(OPS, max_size=4)), min_size=1, max_size=5)


class Events:
    """What happens between two nights beside the source's own edits."""

    def __init__(self, warehouse: psycopg.Connection[Any], include: Path) -> None:
        self._warehouse, self._include = warehouse, include

    def erase(self) -> None:
        """Erase who is due: customers whose contracts are over."""
        pull = self._warehouse.execute("select pull_id from staging.pull limit 1").fetchone()
        assert pull
        ingest.link_subjects(str(pull[0]))
        made = erasing.plan_erasure()
        if not made["erase"]:
            return
        erasure.approve(self._warehouse, made["checksum"], "dpo1")
        erasure.erase(self._warehouse, made["checksum"], NIGHT, {})

    def policy(self) -> None:
        """Denmark leaves, or comes back."""
        self._edit(
            self._include / "policy" / "eu_eea.csv",
            "DK,EU,allow,1973-01-01,,", "DK,EU,allow,1973-01-01,2026-10-31,",
        )  # fmt: skip

    def select(self) -> None:
        """A column is selected no more, or again."""
        for source in SOURCES:
            file = self._include / "sql" / "extract" / source / "customer.sql"
            self._edit(file, "mail as email, tel as phone", "mail as email")

    def entity(self) -> None:
        """An entity's SELECT is taken away, or put back."""
        for source in SOURCES:
            there = self._include / "sql" / "extract" / source / "contract.sql"
            aside = there.with_suffix(".aside")
            if there.exists():
                there.rename(aside)
            else:
                aside.rename(there)

    @staticmethod
    def _edit(file: Path, one: str, other: str) -> None:
        text = file.read_text(encoding="utf-8")
        made = text.replace(one, other) if one in text else text.replace(other, one)
        assert made != text
        file.write_text(made, encoding="utf-8")


@pytest.fixture
def twins(shop: Shop) -> Shop:
    """The small foreign system, read by two sources."""
    folder = paths.SQL / "extract"
    shutil.copytree(folder / "shop", folder / "twin")
    entry = POLICY.split("sources:\n")[1]
    more = entry.replace("  shop:", "  twin:").replace("title: Shop", "title: Twin")
    (paths.POLICY / "sources.yaml").write_text(POLICY + more.lstrip("\n"), encoding="utf-8")
    statements.text.cache_clear()
    return shop


def _start(few: int) -> Source:
    """Sound rows, enough that buckets collide; every fourth customer has left."""
    sound = {"kind": "person", "since": "1.2.2020"}
    return {
        "client": [{"no": f"c{n}", **SOUND["client"], **sound, "mail": f"c{n}@example.com"} for n in range(few)],
        "deal": [
            {"no": f"d{n}", **SOUND["deal"], "client": f"c{n}", "ends": None if n % 4 else "1.1.2021"}
            for n in range(few)
        ],
        "line": [{"no": f"l{n}", **SOUND["line"], "deal": f"d{n}"} for n in range(few)],
    }


@settings(max_examples=6, **FEW)
@given(few=st.sampled_from([3, 12, 30]), buckets=st.sampled_from([2, 4, 16]), nights=NIGHTS)
def test_an_incremental_night_leaves_what_a_full_pull_leaves(
    twins: Shop, admin: psycopg.Connection[Any], tmp_path: Path, few: int, buckets: int,
    nights: list[tuple[str, list[Op]]],
) -> None:  # fmt: skip
    _empty(admin)
    include = tmp_path / "include"
    kept = {path: path.read_bytes() for path in include.rglob("*") if path.is_file()}
    events = Events(twins.warehouse, include)
    source = _start(few)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "FEWEST", buckets)
        try:
            for n, (event, ops) in enumerate([("", []), *nights]):
                for op in ops:
                    _apply(source, op)
                _fill(twins, source)
                if event:
                    getattr(events, event)()
                for name in SOURCES:
                    pull_id = _pull(name, f"night {n}", full=name == "twin")
                assert _differences(admin) == {}, (n, event)
            ingest.link_subjects(pull_id)
            assert _differences(admin) == {}, "links"
        finally:
            for path in set(include.rglob("*.aside")):
                path.rename(path.with_suffix(".sql"))
            for path, text in kept.items():
                path.write_bytes(text)


def test_two_rows_that_are_alike_and_change_alike_are_told(shop: Shop) -> None:
    """They cancel each other out in the sum of their bucket."""
    for n in range(40):
        shop.client(f"c{n}")
    for _ in range(2):
        shop.client("x", label="Kaksi")
    shop.night()
    shop.conn.execute("update client set label = 'Toiset' where no = 'x'")
    shop.night()
    waiting = shop.warehouse.execute("select row ->> 'name' from quarantine.row").fetchall()
    assert waiting == [("Toiset",), ("Toiset",)]


def test_a_source_that_only_lists_its_keys(shop: Shop, home: Path, tmp_path: Path) -> None:
    """SQLite gives no sums: all keys, and what the watermark says has changed."""
    owner = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    owner.execute("create table client (no text, kind text, label text, changed text)")
    rows = [(f"c{n}", "company", f"Yhtiö {n}", f"2026-09-{n + 1:02} 12:00:00") for n in range(20)]
    owner.executemany("insert into client values (?, ?, ?, ?)", rows)
    kept = secrets.read(home, "connections.json")
    file = home / "secrets" / "connections.json"
    file.write_text(json.dumps(kept | {"lite": f"sqlite:///{tmp_path}/shop.db"}), encoding="utf-8")
    (paths.POLICY / "sources.yaml").write_text(
        POLICY.replace("demo_crm", "lite") + "    dialect: sqlite\n", encoding="utf-8"
    )
    for entity in ("contract", "service"):
        (paths.SQL / "extract" / "shop" / f"{entity}.sql").unlink()
    (paths.SQL / "extract" / "shop" / "customer.sql").write_text(
        "select no as source_key, kind, label as name, changed as _changed_at from client\n", encoding="utf-8"
    )
    try:
        shop.night()
        # A second row of a held key: the watermark brings this one alone.
        owner.execute("insert into client values ('c1', 'company', 'Toinen', '2026-10-02 12:00:00')")
        owner.execute("delete from client where no = 'c2'")
        owner.execute("update client set label = 'Uusi', changed = '2026-10-02 12:00:00' where no = 'c3'")
        owner.execute("insert into client values ('salaa', 'company', 'Salaa', '2026-09-01 12:00:00')")
        book = shop.night()["customer"]
        assert (book["read"], book["skipped"], book["vanished"]) == (5, 16, 1)
        assert shop.refused() == {("customer", "c1"): ["unique:source_key"]}
        held = shop.held("customer", "name", "kept_rule")
        assert (held["c1"], held["c3"]) == (("Yhtiö 1", "unique:source_key"), ("Uusi", None))
        assert held["salaa"] == ("Salaa", None)
        assert shop.night(full=True)["customer"]["merged"] == 0
        owner.execute("delete from client where label = 'Toinen'")
        shop.night()
        assert (shop.refused(), shop.held("customer", "kept_rule")["c1"]) == ({}, (None,))
    finally:
        file.write_text(json.dumps(kept), encoding="utf-8")
        owner.close()
