"""A busy machine, and a second clone that starts at the same time: what is waited for, and who is believed."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rekisteri.embedded import airflow, services, settings
from rekisteri.embedded.api import Api
from rekisteri.embedded.postgres import port_is_free
from rekisteri.errors import SetupError

WELL = json.dumps({part: {"status": "healthy"} for part in ("metadatabase", "scheduler", "dag_processor")})
SERVER = f"""
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write({WELL!r}.encode())
    def log_message(self, *said):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["AIRFLOW__API__PORT"])), Answer).serve_forever()
"""


@contextmanager
def server(port: int, drops: Callable[[str], bool] = lambda _: False) -> Iterator[tuple[int, list[str]]]:
    """Somebody's server: well, and willing to log anybody in; ``drops`` says which requests get no answer."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append(self.command)
            if drops(f"{self.command} {self.path}"):
                return
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(201 if self.path == "/auth/token" else 200)
            self.end_headers()
            told = {"access_token": "x", "dag_run_id": "r"} if self.command == "POST" else json.loads(WELL)
            self.wfile.write(json.dumps(told).encode())

        do_GET = do_POST = _answer  # noqa: N815 - the names that the base class calls

        def log_message(self, format: str, *args: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", port), Answer)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield made.server_port, asked
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


def once(wanted: str) -> Callable[[str], bool]:
    """Return a judge that lets the first request of this kind go unanswered."""
    left = [wanted]

    def drops(request: str) -> bool:
        if request in left:
            left.remove(request)
            return True
        return False

    return drops


def test_a_read_is_asked_again_and_a_change_is_not(tmp_path: Path) -> None:
    with server(0, once("GET /api/v2/monitor")) as (port, asked), Api(f"http://127.0.0.1:{port}", "a", "b") as api:
        assert "scheduler" in api.call("GET", "/monitor")
        assert asked == ["POST", "GET", "GET"]
    path = "POST /api/v2/dags/erase/dagRuns"
    log, told = tmp_path / "api-server.log", r"300 s: REKISTERI_WAIT_SECONDS\); see .*/api-server.log"
    with server(0, once(path)) as (port, asked), Api(f"http://127.0.0.1:{port}", "a", "b", log=log) as api:
        with pytest.raises(SetupError, match=told):
            api.trigger("erase")
        assert asked == ["POST", "POST"]


def test_what_never_answers_is_given_up_in_time() -> None:
    with server(0, lambda request: request.startswith("GET")) as (port, asked):
        with Api(f"http://127.0.0.1:{port}", "a", "b", patience=1.2) as api, pytest.raises(SetupError, match="GET"):
            api.call("GET", "/monitor")
        assert len(asked) > 2


@pytest.mark.parametrize("held", ["0", "-5", "soon", "1.5"])
def test_a_wait_that_is_no_number_of_seconds_is_refused(held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKISTERI_WAIT_SECONDS", held)
    with pytest.raises(SetupError, match="REKISTERI_WAIT_SECONDS"):
        settings.wait_seconds()


def fake(monkeypatch: pytest.MonkeyPatch, first: Callable[[], object] = lambda: None) -> None:
    """Put small servers in the place of Airflow's; ``first`` is called before the first of them starts."""
    real, left = services.spawn, [first]

    def spawn(home: Path, name: str, command: Sequence[str], given: Mapping[str, str], mark: str) -> None:
        if left:
            left.pop()()
        code = SERVER if name == "api-server" else "import time; time.sleep(120)"
        real(home, name, [sys.executable, "-c", code], dict(os.environ) | dict(given), mark)

    def environment(home: Path, metadata: str, port: int, dags: Path | None) -> dict[str, str]:
        return {"AIRFLOW__API__PORT": str(port)}

    monkeypatch.setattr(services, "spawn", spawn)
    monkeypatch.setattr(airflow, "environment", environment)
    monkeypatch.setattr(airflow, "migrate", lambda *_: False)


def free_range() -> range:
    with server(0) as (port, _):
        return range(port, port + 50)


def test_where_another_clone_takes_the_port_first_the_next_is_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports, opened, told = free_range(), [], []
    monkeypatch.setattr(settings, "PORTS", ports)

    def take() -> None:
        opened.append(server(ports[0]))
        opened[0].__enter__()

    fake(monkeypatch, take)
    try:
        running = airflow.start(home, {"airflow_metadata": "x"}, told.append)
        assert running.url != f"http://127.0.0.1:{ports[0]}"
        assert services.listens(home, "api-server", int(running.url.rpartition(":")[2]))
        assert any(f"another server took port {ports[0]}" in one for one in told)
        assert airflow.start(home, {"airflow_metadata": "x"}).reused
    finally:
        airflow.stop(home)
        opened[0].__exit__(None, None, None)


def test_a_configured_port_that_another_server_takes_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port, *_), opened = free_range(), []
    monkeypatch.setenv("REKISTERI_UI_PORT", str(port))

    def take() -> None:
        opened.append(server(port))
        opened[0].__enter__()

    fake(monkeypatch, take)
    try:
        with pytest.raises(SetupError, match=rf"port {port} of 127.0.0.1 is taken; set REKISTERI_UI_PORT"):
            airflow.start(home, {"airflow_metadata": "x"})
        assert not any(services.runs(home, name) for name in airflow.SERVICES)
    finally:
        opened[0].__exit__(None, None, None)


def test_a_start_that_takes_too_long_names_its_setting_and_its_log_and_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch)
    monkeypatch.setenv("REKISTERI_WAIT_SECONDS", "1")
    monkeypatch.setattr(airflow, "is_well", lambda _: False)
    with pytest.raises(SetupError, match=r"not well after 1 s \(REKISTERI_WAIT_SECONDS.*log/api-server.log ends with"):
        airflow.start(home, {"airflow_metadata": "x"})
    assert not any(services.runs(home, name) for name in airflow.SERVICES)
    assert port_is_free(settings.ui_port(home))
