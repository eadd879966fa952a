"""The embedded default as a whole."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rekisteri.embedded import airflow, life, place, postgres, services
from rekisteri.errors import SetupError


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKISTERI_FREE_MB", str(2**40))
    home = tmp_path / "home"
    try:
        with pytest.raises(SetupError, match=r"MB free, and \d+ MB are wanted"):
            life.start_database(home)
        assert not (home / "secrets").exists()
    finally:
        life.clean(home)


def begin(home: Path, name: str) -> None:
    services.spawn(home, name, [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ), "mark")


def failing(home: Path, starts: Callable[[], object]) -> None:
    with life.stopped_on_failure(home):
        starts()
        raise SetupError("the login is refused")


def fail(home: Path, *started: str) -> None:
    with pytest.raises(SetupError, match="the login is refused"):
        failing(home, lambda: [begin(home, name) for name in started])


def test_a_command_that_fails_stops_what_it_started_and_nothing_else(started: tuple[Path, dict[str, str]]) -> None:
    home, _ = started
    try:
        fail(home, *airflow.SERVICES)
        assert not any(services.runs(home, name) for name in airflow.SERVICES)
        begin(home, "api-server")
        fail(home)
        assert services.runs(home, "api-server")
        assert postgres.answers(place.locate(home))
    finally:
        airflow.stop(home)


def test_a_database_that_a_failing_command_started_is_stopped(home: Path) -> None:
    with pytest.raises(SetupError, match="the login is refused"):
        failing(home, lambda: life.start_database(home))
    assert not postgres.answers(place.locate(home))
