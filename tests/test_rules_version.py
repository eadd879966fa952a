"""What decides how a row is read and judged changes the rules' version, so that held rows are judged again."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from rekisteri import paths, rules_version

NIGHT = date(2026, 11, 1)
DECIDES = (
    "include/policy/residency.yaml",
    "include/policy/row_rules.yaml",
    "include/sql/pull/suppress_identifier.sql",
    "include/sql/quality/gate.sql",
    "include/sql/quality/is_held.sql",
    "include/sql/residency/match.sql",
    "plugins/rekisteri/conforming.py",
    "plugins/rekisteri/gate_columns.py",
    "plugins/rekisteri/lengths.py",
    "plugins/rekisteri/residency/locations.py",
    "plugins/rekisteri/staging.py",
)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's files that are read for it."""
    shutil.copytree(paths.PACKAGE, tmp_path / "plugins" / "rekisteri", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(paths.SQL, tmp_path / "include" / "sql")
    shutil.copytree(paths.POLICY, tmp_path / "include" / "policy")
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "plugins" / "rekisteri")
    monkeypatch.setattr(paths, "SQL", tmp_path / "include" / "sql")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "include" / "policy")
    return tmp_path


@pytest.mark.parametrize("file", DECIDES)
def test_what_decides_is_in_it(copied: Path, file: str) -> None:
    before = rules_version.of("crm", NIGHT)
    assert rules_version.of("crm", NIGHT) == before
    with (copied / file).open("a", encoding="utf-8") as text:
        text.write("\n")
    assert rules_version.of("crm", NIGHT) != before


def test_what_decides_nothing_is_not(copied: Path) -> None:
    before = rules_version.of("crm", NIGHT)
    for file in ("plugins/rekisteri/gates.py", "include/sql/pages/rows.sql", "include/policy/publication.yaml"):
        with (copied / file).open("a", encoding="utf-8") as text:
            text.write("\n")
    assert rules_version.of("crm", NIGHT) == before
