"""Northwind is onboarded from README alone: its commands and its SELECT, as printed there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import paths, statements
from rekisteri.cli import app
from rekisteri.model import ENTITIES, pulled_columns
from tests.foreign.conftest import HERE, Nights
from tests.foreign.systems import System
from tests.test_readme import ONBOARDING, README, blocks


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the project's include/, as a reader has it."""
    shutil.copytree(paths.INCLUDE, tmp_path / "include")
    monkeypatch.setattr(paths, "SQL", tmp_path / "include" / "sql")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "include" / "policy")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    statements.text.cache_clear()
    yield tmp_path / "include"
    statements.text.cache_clear()


def _rekisteri(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_northwind_is_onboarded_from_readme_alone(
    project: Path, warehouse: psycopg.Connection[object], northwind: System
) -> None:
    new, try_ = ONBOARDING
    assert _rekisteri(*new)[0] == 0
    skeleton = sorted(project.glob("sql/extract/northwind/*.sql"))
    required = sum(s.required for path in skeleton for s in pulled_columns(ENTITIES[path.stem]).values())
    status, told = _rekisteri(*try_)
    assert (status, told.count("; put what the source has")) == (1, required)
    for path in skeleton:
        shutil.copy(HERE / "northwind" / path.name, path)
    (customer,) = blocks("sql")
    path = project / "sql/extract/northwind/customer.sql"
    path.write_text(customer, encoding="utf-8")
    assert _rekisteri("check") == (0, "nothing is wrong\n")
    status, told = _rekisteri(*try_)
    assert (status, "Nothing was written." in told) == (0, True)
    books = Nights(warehouse).pull("northwind")["customer"]
    assert f"Of Northwind's {books['read']} customers {books['quarantined']} are refused by `format:phone`" in README
    # The way out that README names.
    path.write_text(customer.replace("name,", "name").replace("coalesce(country || ': ', '') || phone as phone", ""))
    assert "Nothing is refused" in _rekisteri(*try_)[1]
