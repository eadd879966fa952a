"""The embedded Airflow: three services (API server, scheduler, DAG processor), made, started, watched, stopped."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import httpx

from rekisteri.embedded import services
from rekisteri.embedded.postgres import port_is_free
from rekisteri.embedded.settings import environment, ui_port, wait_seconds
from rekisteri.errors import SetupError

# In the order of what takes longest to start. No triggerer: no task defers (an approval waits without one).
SERVICES = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
}

Progress = Callable[[str], None]


class _PortLostError(SetupError):
    """Another server listens on the port that was free a moment ago, such as that of a second clone."""


@dataclass(frozen=True)
class Airflow:
    """A running Airflow."""

    home: Path
    url: str
    environment: Mapping[str, str]
    reused: bool


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "(empty)"


def migrate(home: Path, settings: Mapping[str, str], server: str) -> bool:
    """Bring Airflow's own tables to the installed version, where that was not done; return whether it was now.

    Args:
        home: the state folder.
        settings: from :func:`environment`.
        server: identifies the PostgreSQL server, so that a new one is not taken for the old.

    Raises:
        SetupError: the migration failed.
    """
    done, current = home / "airflow" / "migrated", f"{version('apache-airflow-core')} {server}"
    if done.exists() and done.read_text(encoding="utf-8") == current:
        return False
    log = services.log_file(home, "migrate")
    for folder in (log.parent, done.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("wb") as output:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        made = subprocess.run(command, env=dict(settings), stdout=output, stderr=output, check=False)  # noqa: S603
    if made.returncode:
        raise SetupError(f"`airflow db migrate` failed; its log {log} ends with: {_tail(log)}")
    done.write_text(current, encoding="utf-8")
    return True


def is_well(url: str) -> bool:
    """Tell whether API server, scheduler and DAG processor all report that they are well."""
    try:
        answer = httpx.get(f"{url}/api/v2/monitor/health", timeout=30, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return False
    parts = ("metadatabase", "scheduler", "dag_processor")
    return all((answer.get(part) or {}).get("status") == "healthy" for part in parts)


def _wait(home: Path, port: int, progress: Progress) -> None:
    begun, patience = time.monotonic(), wait_seconds()
    told = begun
    while not is_well(_url(port)):
        for name in SERVICES:
            if not services.runs(home, name):
                _require_port(home, port)
                log = services.log_file(home, name)
                raise SetupError(f"Airflow's {name} ended while starting; its log {log} ends with: {_tail(log)}")
        now = time.monotonic()
        if now - begun > patience:
            log = services.log_file(home, "api-server")
            raise SetupError(
                f"Airflow is not well after {patience} s (REKISTERI_WAIT_SECONDS: a busy machine may need more); its "
                f"log {log} ends with: {_tail(log)}; the others are beside it"
            )
        if now - told >= 5:
            progress(f"waiting for Airflow, {now - begun:.0f} s")
            told = now
        time.sleep(0.25)
    # The login would go to whoever answers.
    _require_port(home, port)


def _require_port(home: Path, port: int) -> None:
    if not port_is_free(port) and not services.listens(home, "api-server", port):
        raise _PortLostError(f"another server took port {port} of 127.0.0.1 meanwhile")


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def start(
    home: Path, connections: Mapping[str, str], progress: Progress = lambda _: None, dags: Path | None = None
) -> Airflow:
    """Start Airflow, or take the one that runs already with the same settings and is well.

    Args:
        home: the state folder.
        connections: id -> URI, from :func:`rekisteri.embedded.secrets.ensure`; the server must run.
        progress: told in a few words what is being done.
        dags: folder of the DAGs; the project's where it is None.

    Raises:
        SetupError: a taken port, or a service that does not start; what was started is stopped again.
    """
    home = home.resolve()
    metadata = connections["airflow_metadata"]
    taken: set[int] = set()
    while True:
        port = ui_port(home, taken)
        settings = environment(home, metadata, port, dags)
        ours = {name: value for name, value in settings.items() if name.startswith(("AIRFLOW_", "REKISTERI_"))}
        mark = hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).hexdigest()
        runs = all(services.runs(home, name, mark) for name in SERVICES)
        if runs and is_well(_url(port)) and services.listens(home, "api-server", port):
            return Airflow(home, _url(port), settings, reused=True)
        if left := stop(home):
            progress(f"ended {left} processes of an earlier run")
        if migrate(home, settings, hashlib.sha256(metadata.encode()).hexdigest()):
            progress("Airflow's own tables made")
        try:
            _spawn(home, settings, mark, port, progress)
        except _PortLostError as lost:
            progress(f"{lost}; taking the next")
            taken.add(port)
        else:
            return Airflow(home, _url(port), settings, reused=False)


def _spawn(home: Path, settings: Mapping[str, str], mark: str, port: int, progress: Progress) -> None:
    try:
        for name, arguments in SERVICES.items():
            services.spawn(home, name, [sys.executable, "-m", "airflow", *arguments], settings, mark)
        _wait(home, port, progress)
    except BaseException:
        stop(home)
        raise


def stop(home: Path) -> int:
    """Stop Airflow and its tasks; return how many processes there were."""
    return services.stop(home.resolve(), list(SERVICES))
