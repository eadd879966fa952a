"""The law of incremental pulls: what a night leaves that read only what changed, a full pull would leave as well.

Two sources read the same tables of one foreign system: one incrementally, its twin everything, every night.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekisteri import bucket_sums, erasure, extraction, merging, paths, quality, recount, statements
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
TABLES = {"client": "customer", "deal": "contract", "line": "service"}
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


def _left(admin: psycopg.Connection[Any], source: str, pulls: bool = True) -> dict[str, list[str]]:
    tables = {f'register."{entity}"': ("first_pull", "changed_pull", "vanished_pull") for entity in ENTITIES}
    tables |= {"quarantine.row": ("first_pull", "last_pull"), "vault.row_tombstone": ()}
    found = {}
    for table, names in tables.items():
        told = ", ".join(f"'{name}', {_PULL.format(name)}" for name in names if pulls)
        found[table] = sorted(map(repr, admin.execute(_LEFT.format(pulls=told, table=table), (source,))))
    return found | {"links": sorted(map(repr, admin.execute(_LINKS, (source,))))}


def _pull(source: str, run: str, full: bool) -> str:
    pull_id = ingest.open_pull(source, NIGHT, run, full, ["vanished"])
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
        _link(self._warehouse)
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
        "line": [{"no": f"l{n}", **SOUND["line"], "deal": f"d{n}"} for n in range(few) if n % 4],
    }


def _lockstep(
    twins: Shop, admin: psycopg.Connection[Any], include: Path, source: Source, nights: list[tuple[str, list[Op]]]
) -> Iterator[int]:
    """Run the same nights on both sources; yield after each, and put the policy back at the end."""
    _empty(admin)
    kept = {path: path.read_bytes() for path in include.rglob("*") if path.is_file()}
    events = Events(twins.warehouse, include)
    try:
        for n, (event, ops) in enumerate([("", []), *nights]):
            for op in ops:
                _apply(source, op)
            if event:
                getattr(events, event)()
            _fill(twins, source)
            for name in SOURCES:
                _pull(name, f"night {n}", full=name == "twin")
            yield n
    finally:
        for path in set(include.rglob("*.aside")):
            path.rename(path.with_suffix(".sql"))
        for path, text in kept.items():
            path.write_bytes(text)


@settings(max_examples=4, **FEW)
@given(few=st.sampled_from([3, 12, 30]), buckets=st.sampled_from([2, 4, 16]), nights=NIGHTS)
def test_an_incremental_night_leaves_what_a_full_pull_leaves(
    twins: Shop, admin: psycopg.Connection[Any], tmp_path: Path, few: int, buckets: int,
    nights: list[tuple[str, list[Op]]],
) -> None:  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket_sums, "FEWEST", buckets)
        for n in _lockstep(twins, admin, tmp_path / "include", _start(few), nights):
            assert _differences(admin) == {}, (n, nights[n - 1][0])
        _link(admin)
        assert _differences(admin) == {}, "links"


def test_the_nights_of_that_law_erase_and_refuse_and_skip(
    twins: Shop, admin: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """Else it would show little; and what refers to the erased and waited goes with them."""
    child = Op("add", "line", 0, {"cloud": "azure"}, "7")
    late = Op("add", "line", 0, {}, "8")
    nights = [("", [child]), ("erase", []), ("", [late]), ("policy", []), ("select", [])]
    for n in _lockstep(twins, admin, tmp_path / "include", _start(12), nights):
        assert _differences(admin) == {}, n
    gone = admin.execute("select entity, source_key from vault.row_tombstone where source = 'shop'").fetchall()
    assert {("customer", "c0"), ("contract", "d0"), ("service", "7"), ("service", "8")} <= set(gone)
    skipped = admin.execute("select sum(skipped) from staging.arrival").fetchone()
    assert skipped
    assert skipped[0] > 50


class Marked(NamedTuple):
    """An edit of a source with watermarks, which may forget to write its own."""

    op: Op
    forgets: bool


@settings(max_examples=3, **FEW)
@given(
    few=st.sampled_from([12, 30]),
    nights=st.lists(st.lists(st.builds(Marked, OPS, st.sampled_from([False, False, True])), max_size=4), max_size=4),
)
def test_with_watermarks_what_does_not_forget_its_own_is_as_a_full_pull_leaves_it(
    twins: Shop, admin: psycopg.Connection[Any], tmp_path: Path, few: int, nights: list[list[Marked]]
) -> None:
    """Whatever is forgotten: what is gone is known at once, and a full pull sets the rest right."""
    for table, entity in TABLES.items():
        twins.conn.execute(f"alter table {table} add column if not exists changed timestamptz")
        for name in SOURCES:
            file = paths.SQL / "extract" / name / f"{entity}.sql"
            text = file.read_text(encoding="utf-8")
            if "_changed_at" not in text:
                file.write_text(text.replace("\nfrom", ", changed as _changed_at\nfrom"), encoding="utf-8")
    source, forgotten = _start(few), False
    for rows in source.values():
        rows[:] = [row | {"changed": "2026-01-01"} for row in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket_sums, "FEWEST", 16)
        _empty(admin)
        for n, edits in enumerate([[], *nights]):
            for op, forgets in edits:
                before = [dict(row) for row in source[op.table]]
                _apply(source, op)
                for row in (row for row in source[op.table] if row not in before):
                    row["changed"] = row.get("changed") if forgets else f"2026-02-{n + 1:02}"
                forgotten = forgotten or forgets
            _fill(twins, source)
            for name in SOURCES:
                _pull(name, f"night {n}", full=name == "twin")
            if not forgotten:
                assert _differences(admin) == {}, n
            assert _present(admin, "shop") == _present(admin, "twin"), n
        for name in SOURCES:
            _pull(name, "at last", full=True)
    one, other = (_left(admin, name, pulls=False) for name in SOURCES)
    assert one == other


def _present(admin: psycopg.Connection[Any], source: str) -> dict[str, list[Any]]:
    """Return what has not vanished, as far as it is sound or waits."""
    return {
        entity: admin.execute(
            f'select source_key from register."{entity}" where source = %s and vanished_pull is null order by 1',
            (source,),
        ).fetchall()
        for entity in TABLES.values()
    }


def _link(admin: psycopg.Connection[Any]) -> None:
    pull = admin.execute("select pull_id::text from staging.pull limit 1").fetchone()
    assert pull
    ingest.link_subjects(pull[0])


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
