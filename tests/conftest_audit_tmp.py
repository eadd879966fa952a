"""Until tests/conftest.py gives the suite's server: one of its own for test_audit.py."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rekisteri.embedded import place, postgres

LOGINS = [f"rekisteri_{who}" for who in ("pipeline", "deploy", "dpo", "analyst", "service_desk", "auditor")]


@pytest.fixture(scope="session")
def server_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A superuser's URI of a real server that has the logins."""
    home: Path = tmp_path_factory.mktemp("home")
    here, password = place.locate(home), secrets.token_hex(16)
    postgres.ensure_running(here, password)
    uri = here.uri("postgres", password, "postgres")
    try:
        with psycopg.connect(uri, autocommit=True) as admin:
            for login in LOGINS:
                admin.execute(f"create role {login} login password '{password}'")
            admin.execute("create role audit_owner")
            admin.execute("grant audit_owner to rekisteri_deploy with inherit false, set true")
        yield uri
    finally:
        postgres.stop(here)
        place.remove(home)
