"""One night on the topology of docker-compose.yml, a worker killed in mid-pull; and the same night, undisturbed."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rekisteri import connections, demo, sources
from rekisteri.demo.load import folder as demo_folder
from rekisteri.embedded.airflow import is_well
from rekisteri.embedded.api import Api
from rekisteri.embedded.night import Night
from rekisteri.production import health
from tests.celery import demonstration
from tests.celery.topology import AIRFLOW, WORKERS, Topology
from tests.faults import nights
from tests.faults.killing import amid_copy

CUSTOMERS = 60
PATIENCE = 120.0
"""Seconds in which a step of the test must come to pass; the machine may be busy."""

# What makes a dead worker noticed in seconds; docker-compose.yml says why production takes minutes.
HASTE = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
    "REKISTERI_RETRY_SECONDS": "1",
}


@dataclass
class Ended:
    """What the night came to."""

    topology: Topology
    states: dict[str, str]
    """DAG id to the state of its run."""
    tries: dict[str, int]
    """Task of the disturbed pull to the number of its last try."""
    killed: str
    """Name of the worker that was killed."""
    before: dict[str, bool]
    """Service to what its health check said before the kill."""
    after: dict[str, bool]
    """Worker to what its health check said after it."""
    left: dict[str, Any]
    wanted: dict[str, Any]


def _start(topology: Topology) -> None:
    topology.start_redis()
    topology.start_databases()
    topology.initialise()
    for name in AIRFLOW:
        topology.spawn(name)
    for name in WORKERS:
        topology.spawn("worker", "--celery-hostname", name, name=name)
    demonstration.make_administrator(topology)


class _Unhurried(Night):
    """Approves when the analyst tables are published: how many they leave out as due is then the same each time."""

    def _answer(self) -> None:
        if self._states.get("pseudonymize") == "success":
            super()._answer()


def _undisturbed() -> dict[str, Any]:
    for source in nights.SOURCES:
        nights.pull("night", source)
    for step in ("expire", "plan", "give_pseudonyms", "publish", "approve", "erase", "verify"):
        nights.do(step)
    return nights.left()


def _wait(topology: Topology, is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"{what} has not come in {PATIENCE:.0f} s; ended: {topology.ended()}"
        time.sleep(0.2)


def _who_copies(topology: Topology) -> str:
    """Return the worker whose task takes the copy that is held, by the port that it reaches the warehouse from."""
    with connections.connect("warehouse_admin", autocommit=True) as watcher:
        found = watcher.execute(
            "select client_port from pg_stat_activity where state = 'active' and query ilike 'copy \"staging\"%'"
        ).fetchall()
    ports = {row[0] for row in found}
    for name in WORKERS:
        for process in topology.processes(name):
            if ports & {connection.laddr.port for connection in process.net_connections("tcp") if connection.laddr}:
                return name
    raise AssertionError("no worker takes the copy")


def _well(topology: Topology) -> dict[str, bool]:
    broker = (topology.secrets / "broker_url").read_text(encoding="utf-8")
    return {name: health.worker(broker, name) for name in WORKERS}


def _disturbed(topology: Topology) -> dict[str, Any]:
    passwords = demonstration.PASSWORDS
    with Api(topology.url, "admin", passwords["admin"]) as api, Api(topology.url, "dpo", passwords["dpo"]) as dpo:
        night = _Unhurried(api, dpo, lambda _: None)
        with amid_copy("warehouse_admin") as is_seen:
            night.begin([f"ingest_{name}" for name in sources.read()], run_id="night")
            _wait(topology, lambda: is_seen(0), "the pull's copy")
            killed = _who_copies(topology)
            before = {name: topology.health(name) == 0 for name in AIRFLOW} | _well(topology)
            for process in topology.processes(killed):
                process.kill()
        after = _well(topology)
        return {"states": night.watch(), "killed": killed, "before": before, "after": after}


def _tries(topology: Topology) -> dict[str, int]:
    with Api(topology.url, "admin", demonstration.PASSWORDS["admin"]) as api:
        found = api.call("GET", "/dags/ingest_crm/dagRuns/night/taskInstances", params={"limit": 100})
    return {entry["task_id"]: entry["try_number"] for entry in found["task_instances"]}


@pytest.fixture(scope="module")
def ended(home: Path, template: str) -> Iterator[Ended]:
    """The night, ended."""
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server on this machine: install it (Debian, Ubuntu: apt-get install redis-server)")
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
        server.execute(f"create database warehouse template {template}")
    (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="rekisteri-celery-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # below it the servers' account must be able to pass
        topology = demonstration.make(Path(name), home, HASTE)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nights, "DPO", demonstration.DPO_ID)
            try:
                yield _ended(topology, patch)
            finally:
                topology.stop()
    # What the sources hold was looked at, not changed; but their object store has lost what was erased.
    (demo_folder() / "manifest.json").unlink()


def _ended(topology: Topology, patch: pytest.MonkeyPatch) -> Ended:
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(_start, topology)
        demo.load(CUSTOMERS, 7, nights.AS_OF)
        shutil.copytree(demo_folder() / "object_store", topology.folder / "state" / "demo" / "object_store")
        wanted = _undisturbed()
        started.result()
    _wait(topology, lambda: is_well(topology.url), "a healthy Airflow")
    demonstration.make_dpo(topology.url)
    patch.setenv("REKISTERI_HOME", topology.own["REKISTERI_HOME"])
    patch.setenv("REKISTERI_AUDIT_HEADS", str(topology.folder / "audit" / "heads.jsonl"))
    night = _disturbed(topology)
    left = nights.left(admin="warehouse_admin")
    return Ended(topology=topology, tries=_tries(topology), left=left, wanted=wanted, **night)
