"""A real server for the whole suite; a fresh, prepared warehouse for each test that asks for one."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import connections
from rekisteri import warehouse as schema
from rekisteri.embedded import life, secrets
from tests import mirror as mirrors

pytest_plugins = ("tests.mariadb",)

TEMPLATE = "warehouse_template"
FOREIGN_DATA = "REKISTERI_FOREIGN_DATA"
"""Names the folder of the foreign systems' files, where it is not ../shared/data."""

# Importing Airflow writes a configuration file: not into the user's home, where another Airflow's may be.
_AIRFLOW_HOME = tempfile.TemporaryDirectory(prefix="rekisteri-airflow-")
if "PYTEST_XDIST_WORKER" in os.environ:
    # One for each process of the suite: they would write the same file at once.
    os.environ["AIRFLOW_HOME"] = _AIRFLOW_HOME.name
else:
    os.environ.setdefault("AIRFLOW_HOME", _AIRFLOW_HOME.name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-templates",
        type=Path,
        default=Path(__file__).parent / "cases" / "faults",
        help="folder of fault templates, each a YAML file as tests/cases/faults/README.md describes it",
    )


def pytest_configure() -> None:
    # The suite's state is its own: never that of `make run`, never a production secrets backend.
    for name in [n for n in os.environ if n.startswith(("AIRFLOW__", "REKISTERI_")) and n != FOREIGN_DATA]:
        del os.environ[name]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """State folder of the suite, with the embedded server running in it."""
    folder = tmp_path_factory.mktemp("home") / "rekisteri"
    os.environ["REKISTERI_HOME"] = str(folder)
    life.start_database(folder)
    # A server that is killed loses nothing by it, only a machine whose power is cut would; thousands of tests make and
    # drop a warehouse each.
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("alter system set fsync = off")
        server.execute("select pg_reload_conf()")
    try:
        yield folder
    finally:
        life.clean(folder)


@pytest.fixture(scope="session")
def server_uri(home: Path, template: str) -> str:
    """URI of the superuser to the server's own database; all logins and owner roles exist."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("grant audit_owner to rekisteri_deploy with inherit false, set true")
    return str(secrets.read(home, "connections.json")["postgres_admin"])


@pytest.fixture(scope="session")
def template(home: Path) -> str:
    """Name of a prepared, empty warehouse to copy."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute(f"create database {TEMPLATE}")
        with connections.connect("postgres_admin", dbname=TEMPLATE, autocommit=True) as conn:
            schema.prepare(conn)
    return TEMPLATE


@pytest.fixture
def admin(template: str, home: Path) -> Iterator[psycopg.Connection[Any]]:
    """Superuser's connection to a fresh warehouse."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
        server.execute(f"create database warehouse template {template}")
    (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as conn:
        yield conn


@pytest.fixture
def mirror(
    warehouse: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[mirrors.Mirror]:
    """The demo's three sources as tables of the register's own columns, one sound row of each entity in them."""
    made = mirrors.make(warehouse, tmp_path, monkeypatch)
    yield made
    mirrors.clear(made)


@pytest.fixture
def warehouse(admin: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """The pipeline's connection to a fresh warehouse."""
    with connections.connect("warehouse", autocommit=True) as conn:
        yield conn
