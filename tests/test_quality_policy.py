"""What stops a whole pull, as a policy file: what it may not say, each fault with its line and remedy."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from rekisteri import paths, quality_checks, quality_policy
from rekisteri.cli import checks
from rekisteri.errors import PolicyError
from tests.pull.conftest import NIGHT


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of quality.yaml in a policy folder of its own."""
    shutil.copytree(paths.POLICY, tmp_path / "policy")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "policy")
    return tmp_path / "policy" / "quality.yaml"


def _say(file: Path, sources: str) -> int:
    """Let the file say something of sources; return the line of the first thing said."""
    text = file.read_text(encoding="utf-8").replace("sources: {}", "sources:\n" + sources)
    file.write_text(text, encoding="utf-8")
    return text[: text.index("sources:\n")].count("\n") + 2


def test_what_is_shipped_is_sound() -> None:
    assert quality_checks.check() == []
    assert quality_policy.read().history.nights == 30


def test_its_own_example_is_sound(file: Path) -> None:
    shown = [line[5:] for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#              ")]
    example = "\n".join(line[8:] for line in shown)
    _say(file, "\n".join(f"  {line}" for line in example.splitlines()))
    assert quality_checks.check() == []
    said = quality_policy.read()
    assert [(f.entity, f.column, f.within) for f in said.fresh_of("service_desk")] == [
        ("case", "opened_at", timedelta(days=3))
    ]
    assert said.rows_of("service_desk", "message").hard == 20
    assert said.rows_of("service_desk", "case") == said.rows
    assert said.of("service_desk", "case").may_empty == ("title",)


@pytest.mark.parametrize(
    ("said", "at", "fault"),
    [
        ("  crn: {}\n", 0, "no source 'crn'; name one of billing, crm, service_desk"),
        ("  crm:\n    entities:\n      case: {}\n", 2, "source 'crm' delivers no 'case'; name one of customer"),
        ("  crm:\n    entities:\n      order: {may_empty: [vale]}\n", 2, "crm.order selects no 'vale'; leave it out"),
        ("  crm:\n    fresh:\n      - {entity: case, within: P1D}\n", 2, "source 'crm' delivers no 'case'"),
        (
            "  service_desk:\n    fresh:\n      - {entity: case, column: title, within: P1D}\n",
            2,
            "service_desk.case selects no moment 'title'; name one of opened_at, closed_at",
        ),
        (
            "  service_desk:\n    fresh:\n      - {entity: case, within: P1D}\n",
            2,
            "service_desk.case selects no moment '_changed_at'; name one of opened_at, closed_at",
        ),
    ],
)
def test_what_is_not_there_is_named_with_its_line(file: Path, said: str, at: int, fault: str) -> None:
    line = _say(file, said) + at
    found = quality_checks.check()
    assert len(found) == 1
    assert f"quality.yaml:{line}: " in found[0]
    assert fault in found[0]
    assert found[0] in checks.findings(NIGHT)


@pytest.mark.parametrize(
    ("given", "wanted", "fault"),
    [
        ("least: 7", "least: 31", "least is more than nights"),
        ("hard: 10", "hard: 1.5", "hard is narrower than times"),
        ("nights: 30", "nights: 0", "greater than or equal to 1"),
        ("drop: 20", "drop: 101", "less than or equal to 100"),
        ("few: 100}\nn", "fwe: 100}\nn", "unknown key 'fwe' in rows; did you mean 'few'?"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(file: Path, given: str, wanted: str, fault: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(given) == 1
    file.write_text(text.replace(given, wanted), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"quality\.yaml:\d+: .*{fault}"):
        quality_policy.read()


@pytest.mark.parametrize("within", ["3", "-P1D", "P0D", "soon"])
def test_a_time_that_is_none_is_refused(file: Path, within: str) -> None:
    line = _say(file, f"  service_desk:\n    fresh:\n      - {{entity: case, column: opened_at, within: {within}}}\n")
    with pytest.raises(PolicyError, match=rf"quality\.yaml:{line + 2}: sources\.service_desk\.fresh\.0\.within: "):
        quality_policy.read()
