"""`python -m bench.workers`: a night's pulls with 1, 2 and 4 Celery workers, and what limits them.

The topology of docker-compose.yml, natively, with an empty warehouse each time; a worker here runs one task at a time,
so that their number is the number of tasks side by side. Wants redis-server.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.celery import demonstration
from tests.celery.topology import AIRFLOW, Topology
from tests.faults.nights import AS_OF

from rekisteri import connections, demo, sources
from rekisteri.embedded import life, services
from rekisteri.embedded.airflow import is_well
from rekisteri.embedded.api import Api
from rekisteri.production import health

WORKERS = (1, 2, 4)
SETTINGS = {"AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2", "AIRFLOW__CELERY__WORKER_CONCURRENCY": "1"}
COLUMNS = "{workers:7} | {seconds:7.1f} | {work:12.1f} | {longest:14.1f} | {cores:10.1f} | {waits:5.1f} %"
WAITING = """select count(*) from pg_stat_activity
    where datname = 'warehouse' and usename = 'rekisteri_pipeline' and wait_event_type = 'Lock'"""


class Watch(threading.Thread):
    """Looks ten times a second whether a task waits for another's lock."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.looks, self.waits, self.over = 0, 0, threading.Event()

    def run(self) -> None:
        """Look until it is over."""
        with connections.connect("warehouse_admin", autocommit=True) as watcher:
            while not self.over.wait(0.1):
                self.looks += 1
                row: Any = watcher.execute(WAITING).fetchone()
                self.waits += bool(row[0])


def _empty(topology: Topology) -> None:
    with connections.connect("warehouse_admin", dbname="postgres", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
    (topology.folder / "audit" / "heads.jsonl").unlink(missing_ok=True)
    topology.run("init", "rekisteri", "production", "databases")
    topology.run("init", "rekisteri", "warehouse", "upgrade", "--connection", "warehouse_admin")


def _await(topology: Topology, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"it has not come in five minutes; ended: {topology.ended()}")
        time.sleep(0.2)


def _night(topology: Topology, api: Api, workers: int, run_id: str) -> dict[str, Any]:
    _empty(topology)
    names = [f"w{number}" for number in range(workers)]
    broker = (topology.secrets / "broker_url").read_text(encoding="utf-8")
    for name in names:
        topology.spawn("worker", "--celery-hostname", name, name=name)
    _await(topology, lambda: all(health.worker(broker, name) for name in names))
    watch, dags = Watch(), [f"ingest_{name}" for name in sources.read()]
    watch.start()
    begun, taken = time.monotonic(), topology.cpu_seconds()
    for dag_id in dags:
        api.trigger(dag_id, run_id=run_id)
    _await(topology, lambda: all(api.state(dag_id, run_id) in ("success", "failed") for dag_id in dags))
    seconds, taken = time.monotonic() - begun, topology.cpu_seconds() - taken
    watch.over.set()
    watch.join()
    tasks = [task for dag_id in dags for task in _tasks(api, dag_id, run_id)]
    services.stop(topology.folder, names, patience=1)
    if {task["state"] for task in tasks} != {"success"}:
        raise SystemExit(f"a pull failed with {workers} workers; see {topology.folder / 'logs'}")
    return {
        "workers": workers,
        "seconds": seconds,
        "work": sum(task["duration"] for task in tasks),
        "longest": max(_sum(tasks, dag_id) for dag_id in dags),
        "cores": taken / seconds,
        "waits": 100 * watch.waits / max(watch.looks, 1),
    }


def _tasks(api: Api, dag_id: str, run_id: str) -> list[dict[str, Any]]:
    return list(api.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"])


def _sum(tasks: list[dict[str, Any]], dag_id: str) -> float:
    return sum(task["duration"] for task in tasks if task["dag_id"] == dag_id)


def main() -> None:
    """Measure and print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=5000)
    customers = asked.parse_args().customers
    with tempfile.TemporaryDirectory(prefix="rekisteri-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        home = Path(name) / "home"
        os.environ |= {"REKISTERI_HOME": str(home), "AIRFLOW_HOME": str(Path(name) / "airflow")}
        life.start_database(home)
        rows = demo.load(customers, 7, AS_OF).rows
        topology = demonstration.make(Path(name) / "shape", home, SETTINGS)
        try:
            print(f"{customers} customers, {sum(sum(s.values()) for s in rows.values())} rows, {os.cpu_count()} cores")
            _measure(topology)
        finally:
            topology.stop()
            os.environ["REKISTERI_HOME"] = str(home)
            life.clean(home)


def _measure(topology: Topology) -> None:
    topology.start_redis()
    topology.start_databases()
    topology.initialise()
    for name in AIRFLOW:
        topology.spawn(name)
    demonstration.make_administrator(topology)
    os.environ["REKISTERI_HOME"] = topology.own["REKISTERI_HOME"]
    os.environ["REKISTERI_AUDIT_HEADS"] = str(topology.folder / "audit" / "heads.jsonl")
    _await(topology, lambda: is_well(topology.url))
    with Api(topology.url, "admin", demonstration.PASSWORDS["admin"]) as api:
        dags = [f"ingest_{name}" for name in sources.read()]
        api.wait_for_dags(dags)
        for dag_id in dags:
            api.pause(dag_id, paused=False)
        print("workers | seconds | task seconds | longest source | cores used | somebody waits for a lock")
        _night(topology, api, 1, "warm-up")
        for workers in WORKERS:
            print(COLUMNS.format_map(_night(topology, api, workers, f"with-{workers}")), flush=True)


if __name__ == "__main__":
    main()
