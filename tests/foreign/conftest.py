"""Three systems that nobody here made, onboarded with SELECTs and policy entries only, and nights on them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import connections, extraction, merging, paths, quality, recount, statements
from rekisteri.embedded import secrets
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.foreign import systems
from tests.foreign.systems import System
from tests.mariadb import Server

HERE = Path(__file__).parent
NIGHT = date(2026, 11, 1)
STEPS = (
    extraction.extract,
    ingest.conform,
    quality.check_quality,
    gate.check_locations,
    merging.merge,
    ingest.link_subjects,
    recount.recount,
)


@dataclass
class Nights:
    """Nights on the foreign systems, and what they leave."""

    warehouse: psycopg.Connection[Any]
    runs: int = field(default=0)

    def pull(self, source: str, full: bool = False) -> dict[str, dict[str, int]]:
        """Pull a source once; return the books by entity."""
        self.runs += 1
        pull_id = ingest.open_pull(source, NIGHT, f"run {self.runs}", full=full)
        for step in STEPS:
            step(pull_id)
        found = self.warehouse.execute(
            "select entity, numbers from audit.entry where kind = 'books' and pull_id = %s", (pull_id,)
        )
        return dict(found.fetchall())

    def refused(self, source: str) -> dict[tuple[str, str], list[str]]:
        """Return what waits in quarantine: (entity, source key) to rules."""
        found = self.warehouse.execute(
            "select entity, source_key, rules from quarantine.row where source = %s", (source,)
        )
        return {(entity, key): rules for entity, key, rules in found}

    def held(self, source: str) -> dict[tuple[str, str], Any]:
        """Return what the register holds of a source and has not vanished: (entity, source key) to values."""
        rows = {}
        for entity, table in ENTITIES.items():
            listed = ", ".join(f'"{column}"::text' for column in pulled_columns(table))
            query = f'select {listed} from register."{entity}" where source = %s and vanished_pull is null'
            rows |= {(entity, row[0]): row for row in self.warehouse.execute(query, (source,))}
        return rows

    def vanished(self, source: str) -> set[tuple[str, str]]:
        """Return what the register marks as gone at its source."""
        query = 'select source_key from register."{}" where source = %s and vanished_pull is not null'
        return {(e, row[0]) for e in ENTITIES for row in self.warehouse.execute(query.format(e), (source,))}


@pytest.fixture
def onboarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project's include/ whose only sources are the three systems."""
    include = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, include)
    shutil.rmtree(include / "sql" / "extract")
    for source in systems.SOURCES:
        shutil.copytree(HERE / source, include / "sql" / "extract" / source)
    for policy in (HERE / "policy").iterdir():
        shutil.copy(policy, include / "policy")
    monkeypatch.setattr(paths, "SQL", include / "sql")
    monkeypatch.setattr(paths, "POLICY", include / "policy")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    statements.text.cache_clear()
    yield include
    statements.text.cache_clear()


def _reachable(home: Path, made: Iterator[System]) -> Iterator[System]:
    for system in made:
        before = secrets.read(home, "connections.json")
        secrets.write(home, "connections.json", before | {system.name: system.uri})
        yield system
        secrets.write(home, "connections.json", before)


@pytest.fixture(scope="session")
def files() -> Path:
    """The folder of the systems' CSV files; what asks for it is skipped where there is none."""
    try:
        return systems.data()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def northwind(files: Path, home: Path) -> Iterator[System]:
    """Northwind, a CRM on PostgreSQL."""
    yield from _reachable(home, systems.northwind())


@pytest.fixture
def chinook(files: Path, home: Path, mariadb: Server) -> Iterator[System]:
    """Chinook, a billing system on MariaDB."""
    yield from _reachable(home, systems.chinook(mariadb))


@pytest.fixture
def pagila(files: Path, home: Path, tmp_path: Path) -> Iterator[System]:
    """Pagila, a rental system on SQLite."""
    yield from _reachable(home, systems.pagila(tmp_path))


@pytest.fixture
def nights(files: Path, onboarded: Path, warehouse: psycopg.Connection[Any]) -> Nights:
    """Nights on a fresh warehouse."""
    return Nights(warehouse)


@pytest.fixture
def anew(home: Path, template: str) -> Iterator[Callable[[], Nights]]:
    """A further fresh warehouse, in place of the one there is."""
    with ExitStack() as opened:

        def make() -> Nights:
            with connections.connect("postgres_admin", autocommit=True) as server:
                server.execute("drop database if exists warehouse with (force)")
                server.execute(f"create database warehouse template {template}")
            (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
            return Nights(opened.enter_context(connections.connect("warehouse", autocommit=True)))

        yield make
