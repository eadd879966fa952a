"""`python -m rekisteri.production.health <service>`: status 0 when an Airflow service of docker-compose.yml is well.

Docker asks twice a minute: Airflow's own `airflow jobs check` and Celery's `inspect ping` import for seconds each time.
"""

import os
import socket
import sys
from pathlib import Path

import httpx

# Names that Airflow's monitor uses; the API server answers for the database that all of them share.
WATCHED = {
    "api-server": "metadatabase",
    "scheduler": "scheduler",
    "dag-processor": "dag_processor",
    "triggerer": "triggerer",
}
SECONDS = 5.0
API = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"
BROKER = "REKISTERI_BROKER_URL_FILE"


def monitor(url: str, service: str) -> bool:
    """Tell whether a service sends its heartbeats, as the API server sees it.

    Args:
        url: of the API server.
        service: a key of :data:`WATCHED`.
    """
    try:
        answer = httpx.get(f"{url}/api/v2/monitor/health", timeout=SECONDS, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return False
    return bool((answer.get(WATCHED[service]) or {}).get("status") == "healthy")


def worker(broker_url: str, host: str) -> bool:
    """Tell whether a Celery worker takes what the broker sends it.

    Args:
        broker_url: with the login.
        host: name of the worker's machine.
    """
    from celery import Celery
    from kombu.exceptions import OperationalError

    with Celery(broker=broker_url) as app:
        # The transport retries for ever by itself; a check has to end.
        app.conf.broker_transport_options = {"socket_connect_timeout": SECONDS, "max_retries": 1}
        try:
            return bool(app.control.ping(destination=[f"celery@{host}"], timeout=SECONDS))
        except OperationalError:
            return False


def is_well(service: str) -> bool:
    """Tell whether a service is well, asking where its own settings say.

    Args:
        service: ``worker``, or a key of :data:`WATCHED`.
    """
    if service == "worker":
        return worker(Path(os.environ[BROKER]).read_text(encoding="utf-8").strip(), socket.gethostname())
    return monitor(os.environ[API].removesuffix("/execution/"), service)


if __name__ == "__main__":
    known = {"worker", *WATCHED}
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"usage: python -m rekisteri.production.health {'|'.join(sorted(known))}")
    sys.exit(0 if is_well(sys.argv[1]) else 1)
