"""The embedded Airflow: its settings and port; and one real start, DAG run, approval and stop."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from rekisteri.embedded import airflow, life, place, secrets, services, settings
from rekisteri.embedded.api import Api
from rekisteri.errors import SetupError

DAGS = """
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag, task

@dag(schedule=None)
def probe():
    @task
    def look():
        from rekisteri.connections import connect, secret
        assert len(secret("rekisteri_key_tombstone_v1")) == 32
        with connect("warehouse") as connection:
            return connection.execute("select current_user::text").fetchone()[0]

    look() >> ApprovalOperator(task_id="approve", subject="May it go on?")

probe()
"""


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


def test_a_taken_ui_port_is_named_with_its_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("REKISTERI_UI_PORT", str(port))
        with pytest.raises(SetupError, match=rf"{port} .*REKISTERI_UI_PORT"):
            settings.ui_port(home)


def test_without_a_configured_port_the_next_free_one_is_taken_and_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        monkeypatch.setattr(settings, "PORTS", range(first, first + 50))
        chosen = settings.ui_port(home)
        assert chosen > first
    assert settings.ui_port(home) == chosen


def test_an_airflow_of_the_user_does_not_leak_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONFIG", "/etc/airflow.cfg")
    known = secrets.ensure(home, place.locate(home))
    made = settings.environment(home, known["airflow_metadata"], 8080)
    assert made["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW_CONFIG" not in made
    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"


def answered(api: Api, dpo: Api, run_id: str) -> str:
    deadline = time.monotonic() + 60
    while (state := api.state("probe", run_id)) not in ("success", "failed"):
        assert time.monotonic() < deadline
        for waiting in dpo.pending():
            dpo.answer(waiting, "Approve")
        time.sleep(0.2)
    return state


def test_a_real_start_runs_a_dag_and_its_approval_and_stops_whole(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe.py").write_text(DAGS, encoding="utf-8")
    monkeypatch.setenv("REKISTERI_UI_PORT", free_port())
    known = life.start_database(home)
    running = airflow.start(home, known, dags=tmp_path)
    passwords = secrets.read(home, "ui_passwords.json")
    with Api(running.url, "admin", passwords["admin"]) as api, Api(running.url, "dpo", passwords["dpo"]) as dpo:
        api.wait_for_dags(["probe"])
        api.pause("probe", paused=False)
        run_id = api.trigger("probe")
        assert answered(api, dpo, run_id) == "success"
        assert api.tasks("probe", run_id) == {"look": "success", "approve": "success"}
        with pytest.raises(SetupError, match="HTTP 403"), Api(running.url, "analyst", passwords["analyst"]) as analyst:
            analyst.trigger("probe")
    assert airflow.start(home, known, dags=tmp_path).reused
    entries = [entry for name in airflow.SERVICES if (entry := services._entry(home, name))]
    assert len(entries) == len(airflow.SERVICES)
    # A run that was half killed is stopped whole, workers and tasks included.
    os.kill(entries[1]["pid"], signal.SIGKILL)
    assert airflow.stop(home) > 0
    assert [process for entry in entries for process in services._members(entry)] == []
