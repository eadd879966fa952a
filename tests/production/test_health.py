"""The health checks end, and say no, when nobody answers; tests/celery asks them of the living and of the dead."""

import subprocess
import sys
import time

import pytest

from rekisteri.production import health

NOBODY = "127.0.0.1:9"


def test_without_a_broker_a_worker_is_not_well() -> None:
    begun = time.monotonic()
    assert not health.worker(f"redis://airflow:wrong@{NOBODY}/0", "one")
    assert time.monotonic() - begun < 15, "docker-compose.yml gives a check 15 seconds"


@pytest.mark.parametrize("service", sorted(health.WATCHED))
def test_without_an_api_server_no_service_is_well(service: str) -> None:
    assert not health.monitor(f"http://{NOBODY}", service)


def test_a_service_that_is_not_known_is_told_from_one_that_is_not_well() -> None:
    command = [sys.executable, "-m", health.__name__, "webserver"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "usage: python -m rekisteri.production.health api-server|dag-processor" in done.stderr
