"""README stays true: its commands run, its paths exist, its sample source is onboarded as it is printed.

Its `rekisteri` commands run for real, on a warehouse that holds the one plan and the one customer that they name. The
`make` targets are only unfolded (`make -n`): a whole night is run by tests/airflow, and `make test` is what runs this.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import audit, paths, subjects
from rekisteri.cli import app
from tests.register_rows import add

README = (paths.PROJECT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMANDS = Path(sys.executable).parent
MADE_BY_THE_READER = ("include/sql/extract/northwind", ".rekisteri")


def blocks(language: str) -> list[str]:
    return [dedent(text) for _, told, text in BLOCK.findall(README) if told == language]


def _commands() -> list[list[str]]:
    return [shlex.split(line) for block in blocks("sh") for line in block.splitlines() if line.strip()]


OURS = [words for words in _commands() if words[0] == ".venv/bin/rekisteri" and words[1] != "source"]
ONBOARDING = [words[1:] for words in _commands() if words[1] == "source"]
"""Run on a copy of the project here, and on Northwind itself in tests/foreign."""
TARGETS = sorted({words[1] for words in _commands() if words[0] == "make"} | set(re.findall(r"`make (\w+)", README)))


def test_every_command_is_one_that_is_tested_here() -> None:
    assert len(OURS) >= 10
    assert {words[0] for words in _commands()} == {"make", ".venv/bin/rekisteri"}
    assert {"run", "test", "ui", "stop", "clean"} <= set(TARGETS)


def _people() -> set[tuple[str, ...]]:
    """The records that `rekisteri who` names: a source and key that is explained, two records that are decided of."""
    named = [words[2:] for words in OURS if words[1] == "who"]
    decided = [words[n : n + 3] for words in named if words[0] in ("merge", "apart", "forget") for n in (1, 4)]
    explained = [(words[0], "person", words[1]) for words in named if len(words) == 2]
    return set(map(tuple, [*decided, *explained]))


@pytest.fixture
def told_of(warehouse: psycopg.Connection[Any], admin: psycopg.Connection[Any], home: Path) -> None:
    """The plan and the customer that README's commands name."""
    approve = next(words for words in OURS if words[1:3] == ["erasure", "approve"])
    hold = next(words for words in OURS if words[1:3] == ["hold", "place"])
    key = hold[hold.index("--key") + 1]
    warehouse.execute(
        'insert into register.erasure_plan (checksum, night, erase, "restrict", keep, subjects) '
        "values (%s, %s, 1, 0, 0, 1)",
        (approve[3].ljust(64, "0"), date(2026, 11, 1)),
    )
    warehouse.execute(
        "insert into register.customer "
        "(source, source_key, controller, first_pull, changed_pull, content_hash, kind, name) "
        "values ('crm', %s, 'praecom', uuidv7(), uuidv7(), 'x', 'company', 'Nimi Oy')",
        (key,),
    )
    for source, entity, key in _people():
        add(warehouse, entity, key, source)
    subjects.link(warehouse, date(2026, 11, 1))
    audit.record(warehouse, "plan_made", night=date(2026, 11, 1))
    audit.keep_head(warehouse)


def test_its_rekisteri_commands_run(told_of: None, home: Path) -> None:
    for _, *words in OURS:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output, done.exception)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("target", TARGETS)
def test_its_make_targets_unfold(target: str, tmp_path: Path) -> None:
    # A recipe line that calls make again runs even under -n: the state folder must be one that is not there.
    environment = os.environ | {"REKISTERI_HOME": str(tmp_path / "none")}
    done = subprocess.run(
        ["make", "-n", target], cwd=paths.PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_path_exists() -> None:
    named = {token for token in re.findall(r"`([^`\n]+)`", README) if re.fullmatch(r"[\w./-]*/[\w./-]*", token)}
    named |= set(re.findall(r"`(\w+\.md|LICENSE)`", README))
    looked_for = {path for path in named if not path.startswith((*MADE_BY_THE_READER, ".venv"))}
    assert len(looked_for) > 30
    assert [path for path in sorted(looked_for) if not (paths.PROJECT / path).exists()] == []


def test_it_is_short_and_names_no_machine() -> None:
    assert len(README.splitlines()) <= 300
    assert not re.search(r"/(home|root|tmp|usr|opt|work)/", README)


def _run(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if name != "REKISTERI_POLICY"}
    # A state folder that holds no connections yet: nobody can tell which are missing.
    environment |= {"REKISTERI_PROJECT": str(tmp_path), "REKISTERI_HOME": str(tmp_path / "none")}
    command = [COMMANDS / "rekisteri", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _onboarded(tmp_path: Path, select: str) -> subprocess.CompletedProcess[str]:
    shutil.copytree(paths.INCLUDE, tmp_path / "include")
    assert [words[:3] for words in ONBOARDING] == [["source", "new", "northwind"], ["source", "try", "northwind"]]
    assert _run(tmp_path, *ONBOARDING[0]).returncode == 0
    for path in (tmp_path / "include/sql/extract/northwind").iterdir():
        shutil.copy(Path(__file__).parent / "foreign" / "northwind" / path.name, path)
    (tmp_path / "include/sql/extract/northwind/customer.sql").write_text(select, encoding="utf-8")
    return _run(tmp_path, "check")


def test_its_sample_source_is_onboarded_as_printed(tmp_path: Path) -> None:
    (select,) = blocks("sql")
    done = _onboarded(tmp_path, select)
    assert (done.returncode, done.stdout) == (0, "nothing is wrong\n")


def test_a_fault_in_the_sample_would_be_found(tmp_path: Path) -> None:
    (select,) = blocks("sql")
    done = _onboarded(tmp_path, select.replace("as name", "as nimi"))
    assert done.returncode == 1
    assert "include/sql/extract/northwind/customer.sql:" in done.stdout
    assert "'nimi' is not a column of customer" in done.stdout
