"""A source that goes away while it is read: said so, nothing changed, and the next try ends right."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rekisteri import connections, extraction, merging, paths, quality, recount
from rekisteri.embedded import secrets
from rekisteri.errors import SourceDown
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.faults.killing import waited_for
from tests.mariadb import Server
from tests.pull.conftest import NIGHT, POLICY, Shop

REST = (ingest.conform, quality.check_quality, gate.check_locations, merging.merge, recount.recount)
ROWS = 60


@contextmanager
def amid(pull_id: str, is_amid: Callable[[], bool]) -> Iterator[list[BaseException]]:
    """Extract in a thread; enter the block when the source is in the midst of sending rows; give what was raised."""
    raised: list[BaseException] = []

    def extract() -> None:
        try:
            extraction.extract(pull_id)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=extract)
    thread.start()
    try:
        waited_for(is_amid)
        yield raised
    finally:
        thread.join(60)
    assert not thread.is_alive()


def _ends_right(shop: Shop, pull_id: str, arrived_before: int) -> None:
    """Nothing was changed; then the task is tried again, as Airflow does, and the night runs on."""
    assert shop.warehouse.execute("select state from staging.pull where pull_id = %s", (pull_id,)).fetchone() == (
        "admitted",
    )
    assert len(shop.held("customer")) == arrived_before
    extraction.extract(pull_id)
    for step in REST:
        step(pull_id)
    held = shop.held("customer", "name", "vanished_pull")
    assert len(held) == ROWS + 1
    assert {name for name, _ in held.values()} == {"Uusi"}
    assert {gone for _, gone in held.values()} == {None}


@pytest.mark.parametrize("first", [True, False], ids=["a first pull", "an incremental one"])
def test_a_postgresql_source_ends_our_session(shop: Shop, first: bool) -> None:
    for n in range(ROWS):
        shop.client(f"c{n}")
    before = 0
    if not first:
        shop.night()
        before = ROWS
    shop.conn.execute("update client set label = 'Uusi'")
    shop.client("lisä", label="Uusi")
    shop.conn.execute("alter table client rename to whole")
    shop.conn.execute(
        "create view client as select * from whole where current_query() ilike '%hash_record%' "
        "or no <> 'lisä' or pg_advisory_xact_lock_shared(4712) is not null"
    )
    pull_id = ingest.open_pull("shop", NIGHT, "the run")
    shop.conn.execute("select pg_advisory_lock(4712)")
    with connections.connect("postgres_admin", autocommit=True) as admin:

        def waiting() -> list[Any]:
            return admin.execute(
                "select pid from pg_stat_activity where datname = 'crm' and %s = any(pg_blocking_pids(pid))",
                (shop.conn.info.backend_pid,),
            ).fetchall()

        with amid(pull_id, lambda: bool(waiting())) as raised:
            for (pid,) in waiting():
                admin.execute("select pg_terminate_backend(%s)", (pid,))
    shop.conn.execute("select pg_advisory_unlock(4712)")
    assert [type(error) for error in raised] == [SourceDown]
    assert "customer.sql" in str(raised[0])
    assert "went away while it was read" in str(raised[0])
    _ends_right(shop, pull_id, before)


def test_a_mariadb_source_is_killed_amid_its_rows_and_started_again(shop: Shop, mariadb: Server, home: Path) -> None:
    uri = mariadb.database("shop")
    with mariadb.connect("shop") as conn, conn.cursor() as cursor:
        cursor.execute("create table whole (no varchar(20), kind varchar(20), label text) engine = innodb")
        cursor.execute("create view client as select * from whole")
        for n in range(ROWS):
            cursor.execute("insert into whole values (%s, 'company', %s)", (f"c{n}", "Vanha" * 40))
    kept = secrets.read(home, "connections.json")
    file = home / "secrets" / "connections.json"
    file.write_text(json.dumps(kept | {"maria": uri}), encoding="utf-8")
    (paths.POLICY / "sources.yaml").write_text(
        POLICY.replace("demo_crm", "maria") + "    dialect: mysql\n", encoding="utf-8"
    )
    for entity in ("contract", "service"):
        (paths.SQL / "extract" / "shop" / f"{entity}.sql").unlink()
    (paths.SQL / "extract" / "shop" / "customer.sql").write_text(
        "select no as source_key, kind, label as name from client\n", encoding="utf-8"
    )
    try:
        shop.night()
        with mariadb.connect("shop") as conn, conn.cursor() as cursor:
            cursor.execute("update whole set label = 'Uusi'")
            cursor.execute("insert into whole values ('lisä', 'company', 'Uusi')")
            # So slow that it is still sending when it is killed.
            cursor.execute("create or replace view client as select * from whole where sleep(0.1) = 0")
        pull_id = ingest.open_pull("shop", NIGHT, "the run")
        with mariadb.connect() as watcher, watcher.cursor() as cursor:

            def sending() -> bool:
                cursor.execute("select count(*) from information_schema.processlist where info like 'select concat%'")
                return bool(cursor.fetchone()[0])

            with amid(pull_id, sending) as raised:
                mariadb.kill()
        mariadb.start()
        assert [type(error) for error in raised] == [SourceDown]
        assert "customer.sql" in str(raised[0])
        with mariadb.connect("shop") as conn, conn.cursor() as cursor:
            cursor.execute("create or replace view client as select * from whole")
        _ends_right(shop, pull_id, ROWS)
    finally:
        if mariadb.process is None or mariadb.process.poll() is not None:
            mariadb.start()
        file.write_text(json.dumps(kept), encoding="utf-8")
