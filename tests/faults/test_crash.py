"""The database server is killed between two steps: a merge refuses what a crash emptied, and a rerun ends right."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rekisteri import connections, demo, extraction, merging, quality, warehouse
from rekisteri.embedded import life, place
from rekisteri.errors import SourceDown, WarehouseError
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.faults import nights


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder with a server of its own, which may be killed; the demo's sources are in it."""
    folder = tmp_path / "rekisteri"
    monkeypatch.setenv("REKISTERI_HOME", str(folder))
    life.start_database(folder)
    try:
        with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
            warehouse.prepare(admin)
        demo.load(24, 7, nights.AS_OF)
        yield folder
    finally:
        life.clean(folder)


def _crash(home: Path) -> None:
    pid = int((place.locate(home).data / "postmaster.pid").read_text(encoding="ascii").split()[0])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            connections.connect("warehouse").close()
        except SourceDown:
            return
        time.sleep(0.05)
    raise AssertionError("the killed server still answers")


def test_a_merge_refuses_what_a_crash_of_the_server_emptied(own_home: Path) -> None:
    pull_id = ingest.open_pull("billing", nights.AS_OF, "night")
    extraction.extract(pull_id)
    ingest.conform(pull_id)
    quality.check_quality(pull_id)
    gate.check_locations(pull_id)
    _crash(own_home)
    life.start_database(own_home)
    with connections.connect("warehouse", autocommit=True) as conn:
        counted = conn.execute("select sum(read) from staging.arrival").fetchone()
        held = conn.execute("select count(*) from staging.billing__invoice").fetchone()
    assert counted is not None
    assert counted[0] > 0
    assert held == (0,)
    with pytest.raises(WarehouseError, match="does not hold the rows that were counted on arrival; clear the task"):
        merging.merge(pull_id)
    with connections.connect("warehouse", autocommit=True) as conn:
        assert _state(conn) == ("located", 0)
    for step in nights.PULL.values():
        step(pull_id)
    after = nights.left(published=False)
    assert after["audit broken"] == []
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database warehouse with (force)")
        server.execute("create database warehouse")
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
        warehouse.prepare(admin)
    (own_home / "audit" / "heads.jsonl").unlink()
    nights.pull("night", "billing")
    found = nights.differences(after, nights.left(published=False))
    # Both gates looked twice, and said so.
    assert not found.pop("audit", {"missing": []})["missing"]
    assert found == {}


def _state(conn: psycopg.Connection[tuple[object, ...]]) -> tuple[object, object]:
    state = conn.execute("select state from staging.pull").fetchone()
    merged = conn.execute("select count(*) from register.customer").fetchone()
    assert state
    assert merged
    return state[0], merged[0]
