"""The warehouse's disk fills up: the step says so, nothing has changed, and with room again the night ends right."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import extraction, merging, quality
from rekisteri.embedded import place
from rekisteri.errors import WarehouseError
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.pull.conftest import NIGHT, Shop

STEPS = {
    "extract": extraction.extract,
    "conform": ingest.conform,
    "check_quality": quality.check_quality,
    "check_locations": gate.check_locations,
    "merge": merging.merge,
}
MEGABYTES = 48


class Disk:
    """A small disk of its own, which can be filled and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    def fill(self) -> None:
        """Leave nothing."""
        with self._filler.open("wb", buffering=0) as file:
            block = bytes(65_536)
            try:
                while file.write(block):
                    pass
            except OSError:
                pass

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink()


@pytest.fixture
def disk(home: Path, admin: psycopg.Connection[Any], shop: Shop) -> Iterator[Disk]:
    """A disk on which all that the pipeline makes lies, and the register's customers with it."""
    where = place.locate(home)
    mounted, space = where.folder / "small", where.folder / "small" / "space"
    mounted.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0755", "tmpfs", mounted],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        mounted.rmdir()
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        space.mkdir(mode=0o700)
        owner = (where.data).stat()
        os.chown(space, owner.st_uid, owner.st_gid)
        admin.execute(f"create tablespace small location '{space}'")
        admin.execute("grant create on tablespace small to public")
        admin.execute("alter role rekisteri_pipeline in database warehouse set default_tablespace = small")
        admin.execute("alter table register.customer set tablespace small")
        yield Disk(mounted)
        admin.execute("alter role rekisteri_pipeline in database warehouse reset default_tablespace")
        for kind in ("table", "index"):
            admin.execute(f"alter {kind} all in tablespace small set tablespace pg_default")
        # What was dropped or moved is unlinked at a checkpoint.
        admin.execute("checkpoint")
        admin.execute("drop tablespace small")
    finally:
        subprocess.run(["umount", "--lazy", mounted], check=True)
        mounted.rmdir()


@pytest.mark.parametrize("step", ["extract", "conform", "merge"])
def test_a_full_disk_stops_the_step_and_changes_nothing(
    shop: Shop, admin: psycopg.Connection[Any], disk: Disk, step: str
) -> None:
    for n in range(20):
        shop.client(f"c{n}")
    shop.night()
    shop.conn.execute("update client set label = 'Uusi'")
    shop.conn.execute(
        "insert into client select 'n' || n, 'company', repeat('Uusi', 50) from generate_series(1, 4000) n"
    )
    shop.client("faulty", tel="x")
    pull_id = ingest.open_pull("shop", NIGHT, "the run", accepted=["volume", "nulls"])
    names = list(STEPS)
    for name in names[: names.index(step)]:
        STEPS[name](pull_id)
    before = shop.held("customer", "name", "changed_pull", "vanished_pull")
    state = shop.warehouse.execute("select state from staging.pull where pull_id = %s", (pull_id,)).fetchone()
    disk.fill()
    with pytest.raises(WarehouseError, match=r"the warehouse's disk is full .* free some, .* then clear the task"):
        STEPS[step](pull_id)
    assert shop.held("customer", "name", "changed_pull", "vanished_pull") == before
    assert shop.refused() == {}
    assert shop.warehouse.execute("select state from staging.pull where pull_id = %s", (pull_id,)).fetchone() == state
    disk.free()
    for name in names[names.index(step) :]:
        STEPS[name](pull_id)
    assert len(shop.held("customer")) == 4020
    assert shop.refused() == {("customer", "faulty"): ["format:phone"]}
    assert shop.night(full=True, accepted=["volume", "nulls"])["customer"]["merged"] == 0
