"""The warehouse's server is killed: what a crash emptied is refused, and the night ends right when it is read again."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import connections, demo, warehouse
from rekisteri.embedded import life, place
from rekisteri.errors import SourceDown, WarehouseError
from tests.faults import nights
from tests.faults.killing import Hold, forked, lock, reaped, waited_for, writes

SOURCE = "billing"
EDITS = (
    "update laskutus.lasku set viite = '' where lasku_id in (select lasku_id from laskutus.lasku order by 1 limit 9)",
    "delete from laskutus.lasku where lasku_id in (select lasku_id from laskutus.lasku order by 1 desc limit 3)",
)
CLEAR = "does not hold the rows that were counted on arrival; clear the task that pulls the source"


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder with a server of its own, which may be killed; the demo's sources are in it, pulled once."""
    home, folder = os.environ.get("REKISTERI_HOME"), tmp_path_factory.mktemp("crash") / "rekisteri"
    os.environ["REKISTERI_HOME"] = str(folder)
    life.start_database(folder)
    try:
        with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
            warehouse.prepare(admin)
        demo.load(24, 7, nights.AS_OF)
        nights.pull("night before", SOURCE)
        with connections.connect("demo_billing", autocommit=True) as origin:
            for edit in EDITS:
                assert origin.execute(edit).rowcount, edit
        yield folder
    finally:
        life.clean(folder)
        os.environ.pop("REKISTERI_HOME")
        if home:
            os.environ["REKISTERI_HOME"] = home


@pytest.fixture(scope="module")
def before(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> nights.Copies:
    """The state between the two nights."""
    copies = nights.Copies(own_home, tmp_path_factory.mktemp("aside"))
    copies.keep("night")
    return copies


@pytest.fixture(scope="module")
def wanted(before: nights.Copies) -> dict[str, Any]:
    """What the undisturbed night leaves."""
    nights.pull("night", SOURCE)
    return nights.left(published=False)


def _crash(home: Path) -> None:
    pid = int((place.locate(home).data / "postmaster.pid").read_text(encoding="ascii").split()[0])
    os.kill(pid, signal.SIGKILL)
    waited_for(_is_down)


def _crash_amid(step: str, hold: Hold, home: Path) -> None:
    """Kill the server while a step is held; the step ends by itself, and badly."""
    # The holder's own session is gone as well.
    with suppress(psycopg.OperationalError), hold() as is_seen:
        child = forked(lambda: nights.do(step, "night", SOURCE))
        try:
            waited_for(lambda: is_seen(child))
            _crash(home)
        finally:
            status = reaped(child, kill=False)
    assert os.WIFEXITED(status)
    assert os.WEXITSTATUS(status) == 3
    life.start_database(home)


def _is_down() -> bool:
    try:
        connections.connect("warehouse").close()
    except SourceDown:
        return True
    return False


def _ends_right(wanted: dict[str, Any]) -> None:
    for step in nights.PULL:
        nights.do(step, "night", SOURCE)
    found = nights.differences(nights.left(published=False), wanted)
    # Gates that looked twice have said so twice.
    assert not found.pop("audit", {"missing": []})["missing"]
    assert found == {}


@pytest.mark.parametrize("step", ["extract", "conform", "check_quality", "check_locations"])
def test_what_a_crash_of_the_server_emptied_is_refused_and_read_again(
    own_home: Path, before: nights.Copies, wanted: dict[str, Any], step: str
) -> None:
    before.restore("night")
    for name in ("open_pull", *nights.PULL):
        nights.do(name, "night", SOURCE)
        if name == step:
            break
    _crash(own_home)
    life.start_database(own_home)
    here = nights.left(published=False)
    with connections.connect("warehouse", autocommit=True) as conn:
        counted = conn.execute("select sum(read) from staging.arrival where part <> 'same'").fetchone()
        held = conn.execute("select count(*) from staging.billing__invoice").fetchone()
    assert counted
    assert counted[0] > 0
    assert held == (0,)
    following = nights.STEPS[nights.STEPS.index(step) + 1]
    with pytest.raises(WarehouseError, match=CLEAR):
        nights.do(following, "night", SOURCE)
    assert nights.differences(nights.left(published=False), here) == {}
    _ends_right(wanted)


def test_a_server_killed_amid_a_merge_has_merged_nothing(
    own_home: Path, before: nights.Copies, wanted: dict[str, Any]
) -> None:
    before.restore("night")
    for name in ("open_pull", "extract", "conform", "check_quality", "check_locations"):
        nights.do(name, "night", SOURCE)
    here = nights.left(published=False)
    _crash_amid("merge", writes("audit.entry"), own_home)
    assert nights.differences(nights.left(published=False), here) == {}
    with pytest.raises(WarehouseError, match=CLEAR):
        nights.do("merge", "night", SOURCE)
    _ends_right(wanted)


def test_a_server_killed_while_a_source_is_read(own_home: Path, before: nights.Copies, wanted: dict[str, Any]) -> None:
    """Source and warehouse are on one server here: both go down."""
    before.restore("night")
    nights.do("open_pull", "night", SOURCE)
    _crash_amid("extract", lock("lock table laskutus.lasku", "billing"), own_home)
    _ends_right(wanted)
