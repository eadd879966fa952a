"""Services are found again and ended with all that they started, and nobody else's process is touched."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from rekisteri.embedded import services

# Starts a child in a process group of its own, as Airflow's task supervisor does, and notes its number.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(["sleep", "60"], process_group=0)
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(60)
"""


def begin(home: Path) -> int:
    note = home / "child"
    services.spawn(home, "probe", [sys.executable, "-c", PARENT, str(note)], dict(os.environ), "mark")
    deadline = time.monotonic() + 10
    while not note.exists() or not note.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(note.read_text(encoding="utf-8"))


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_service_is_found_by_its_mark_and_ended_with_its_children(home: Path) -> None:
    child = begin(home)
    assert services.runs(home, "probe")
    assert services.runs(home, "probe", "mark")
    assert not services.runs(home, "probe", "other settings")
    assert services.stop(home, ["probe"]) == 2
    assert not alive(child)
    assert not services.runs(home, "probe")


def test_what_a_killed_service_left_behind_is_ended(home: Path) -> None:
    child = begin(home)
    leader = json.loads((home / "run" / "probe.json").read_text(encoding="utf-8"))["pid"]
    os.kill(leader, signal.SIGKILL)
    assert alive(child)
    assert services.stop(home, ["probe"]) >= 1
    assert not alive(child)


def test_a_number_that_another_process_has_by_now_is_left_alone(home: Path) -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        (home / "run").mkdir(parents=True)
        entry = {"pid": other.pid, "started": time.time() + 3600, "mark": "mark"}
        (home / "run" / "probe.json").write_text(json.dumps(entry), encoding="utf-8")
        assert not services.runs(home, "probe")
        assert services.stop(home, ["probe"]) == 0
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_half_written_pid_file_is_no_service(home: Path) -> None:
    (home / "run").mkdir(parents=True)
    (home / "run" / "probe.json").write_text('{"pid": 1', encoding="utf-8")
    assert not services.runs(home, "probe")
    assert services.stop(home, ["probe"]) == 0
