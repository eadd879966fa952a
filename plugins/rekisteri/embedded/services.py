"""Processes that outlive the command which started them, each the leader of its own session.

A pid file holds number and start time, so that a number which some other process has by now is never mistaken for
ours. All that a service started stays in its session, also when the service itself was killed: so it is found.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from rekisteri import paths

CLOCK_SLACK = 2.0  # seconds; start times are derived from the boot time, which moves a little with the clock


def log_file(home: Path, name: str) -> Path:
    """Return the log of a service; the one of the start before is kept beside it."""
    return home / "log" / f"{name}.log"


def _pid_file(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.json"


def spawn(home: Path, name: str, command: Sequence[str], environment: Mapping[str, str], mark: str) -> None:
    """Start a service.

    Args:
        home: the state folder; log and pid file go there.
        name: of the service.
        command: its command line; no secret belongs there, every account on the machine can read it.
        environment: its whole environment.
        mark: what it was started with; :func:`runs` tells an older setting by it.
    """
    log = log_file(home, name)
    for folder in (log.parent, _pid_file(home, name).parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command lines
            command,
            env=dict(environment),
            cwd=paths.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    entry = {"pid": process.pid, "started": psutil.Process(process.pid).create_time(), "mark": mark}
    _pid_file(home, name).write_text(json.dumps(entry), encoding="utf-8")


def _entry(home: Path, name: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(_pid_file(home, name).read_text(encoding="utf-8"))
        return {"pid": int(entry["pid"]), "started": float(entry["started"]), "mark": entry["mark"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none, or half-written when the machine stopped


def _leader(entry: dict[str, Any]) -> psutil.Process | None:
    try:
        process = psutil.Process(entry["pid"])
        if process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - entry["started"]) > CLOCK_SLACK:
            return None
    except psutil.Error:
        return None
    return process


def runs(home: Path, name: str, mark: str | None = None) -> bool:
    """Tell whether a service runs, and was started with this mark where one is given."""
    entry = _entry(home, name)
    return bool(entry and _leader(entry) and mark in (None, entry["mark"]))


def leaders(home: Path, names: Sequence[str]) -> list[int]:
    """Return the process numbers of the services that run."""
    return [entry["pid"] for name in names if (entry := _entry(home, name)) and _leader(entry)]


def listens(home: Path, name: str, port: int) -> bool:
    """Tell whether it is this service, or what it started, that listens on a TCP port."""
    for process in _members(entry) if (entry := _entry(home, name)) else ():
        with contextlib.suppress(psutil.Error, OSError):
            held = process.net_connections(kind="tcp")
            if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in held):
                return True
    return False


def _members(entry: dict[str, Any]) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            ours = os.getsid(process.pid) == entry["pid"] and process.create_time() >= entry["started"] - CLOCK_SLACK
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def stop(home: Path, names: Sequence[str], patience: float = 10.0) -> int:
    """Stop services and all that they started; return how many processes there were.

    Args:
        home: the state folder.
        names: of the services.
        patience: seconds between asking and killing.
    """
    entries = [entry for name in names if (entry := _entry(home, name))]
    before = [process for entry in entries for process in _members(entry)]
    # The leaders are asked first: they end their children in order. Children without a leader are asked themselves.
    _signal([leader for entry in entries if (leader := _leader(entry))] or before, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while (left := [p for entry in entries for p in _members(entry)]) and time.monotonic() < deadline:
        if not any(_leader(entry) for entry in entries):
            _signal(left, signal.SIGTERM)
        time.sleep(0.1)
    while left := [p for entry in entries for p in _members(entry)]:
        _signal(left, signal.SIGKILL)
        time.sleep(0.1)
    for name in names:
        _pid_file(home, name).unlink(missing_ok=True)
    return len(before)
