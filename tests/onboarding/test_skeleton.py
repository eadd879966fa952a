"""A new source begins as a skeleton that says what to fill in, and is refused until it is filled in."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rekisteri import extracts, paths, sources
from rekisteri.cli import app
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.onboarding import skeleton


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of include/ to add to."""
    folder = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, folder)
    monkeypatch.setattr(paths, "SQL", folder / "sql")
    monkeypatch.setattr(paths, "POLICY", folder / "policy")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    return folder


def _new(*words: str) -> tuple[int, Any]:
    answer = CliRunner().invoke(app, ["source", "new", *words, "--json"])
    return answer.exit_code, json.loads(answer.stdout)


PROJECT = paths.PROJECT
PLACE = ("--processor", "praecom", "--location", "FI")


def test_an_entry_is_appended_and_all_else_stays_as_it_was(include: Path) -> None:
    policy = include / "policy" / "sources.yaml"
    before = policy.read_text(encoding="utf-8")
    status, made = _new("webshop", *PLACE, "--title", 'Shop: "new"', "--timezone", "Europe/Stockholm")
    after = policy.read_text(encoding="utf-8")
    assert status == 0
    assert after.startswith(before.rstrip())
    entry = sources.named("webshop")
    assert (entry.title, entry.connection, entry.controller) == ('Shop: "new"', "webshop", "praecom")
    assert entry.timezone == "Europe/Stockholm"
    line = int(made["entry"].rpartition(":")[2])
    assert after.splitlines()[line - 1] == "  webshop:"
    assert made["selects"] == [f"include/sql/extract/webshop/{e}.sql" for e in ("customer", "person")]
    assert set(made["further_entities"]) == set(ENTITIES) - {"customer", "person"}
    assert "rekisteri source try webshop" in " ".join(made["next"])


def test_an_entry_says_how_phone_numbers_without_a_country_are_read(include: Path) -> None:
    _new("webshop", *PLACE)
    assert sources.named("webshop").phone_country is None
    ends = (include / "policy" / "sources.yaml").read_text(encoding="utf-8").splitlines()[-1]
    assert ends.startswith("    # phone_country: FI ")
    _new("berlin", *PLACE, "--phone-country", "DE")
    assert sources.named("berlin").phone_country == "DE"
    status, answer = _new("hamburg", *PLACE, "--phone-country", "Germany")
    assert (status, "phone_country" in answer["message"]) == (1, True)


def test_every_required_column_of_a_skeleton_is_a_finding_of_its_own(include: Path) -> None:
    _new("webshop", *PLACE, "--entities", "all")
    found = extracts.check("webshop")
    required = {
        (entity, name) for entity, table in ENTITIES.items() for name, said in pulled_columns(table).items()
        if said.required
    }  # fmt: skip
    told = {
        (match[1], match[3])
        for fault in found
        if (match := re.search(r"webshop/(\w+)\.sql:(\d+): required column '(\w+)' is null; put what", fault))
    }
    assert told == required
    assert len(found) == len(required) + len(ENTITIES)  # and each file still reads from nothing
    where = next(fault for fault in found if "'name' is null" in fault).split(":")
    text = (include.parent / where[0]).read_text(encoding="utf-8").splitlines()
    assert text[int(where[1]) - 1].strip() == "null as name,"


def test_a_skeleton_says_what_each_column_means_in_lines_of_120(include: Path) -> None:
    _new("webshop", *PLACE, "--entities", "all")
    for entity, table in ENTITIES.items():
        text = (include / "sql/extract/webshop" / f"{entity}.sql").read_text(encoding="utf-8")
        assert max(map(len, text.splitlines())) <= 120, entity
        for name, said in pulled_columns(table).items():
            above = text.partition(f"\n    null as {name}")[0].splitlines()[-1]
            assert ("required" in above) is (said.required and name != "controller"), (entity, name)
            assert all(code in above for code in said.values), (entity, name)
    assert "source_key of its customer" in (include / "sql/extract/webshop/address.sql").read_text(encoding="utf-8")


def test_a_skeleton_is_checked_and_linted_in_the_dialect_of_its_source(include: Path) -> None:
    shutil.copy(PROJECT / ".sqlfluff", include.parent)
    for name, dialect in (("maria", "mysql"), ("pg", "postgresql")):
        _new(name, *PLACE, "--dialect", dialect, "--entities", "person")
        path = include / "sql/extract" / name / "person.sql"
        text = path.read_text(encoding="utf-8")
        filled = text.replace("null as source_key", "`id` as source_key").replace("null as full_name", "n as full_name")
        path.write_text(filled + "from people\n", encoding="utf-8")
    lint = [Path(sys.executable).parent / "sqlfluff", "lint", "--nocolor", "include/sql/extract"]
    told = subprocess.run(lint, cwd=include.parent, capture_output=True, text=True, check=False).stdout
    assert (extracts.check("maria"), "maria" in told) == ([], False)
    assert "not one well-formed SELECT" in extracts.check("pg")[0]
    assert re.search(r"include/sql/extract/pg/person.sql\] FAIL", told)


def test_a_skeleton_filled_in_is_sound(include: Path) -> None:
    _new("webshop", *PLACE, "--entities", "person")
    path = include / "sql/extract/webshop/person.sql"
    text = path.read_text(encoding="utf-8")
    filled = text.replace("null as source_key", "id as source_key").replace("null as full_name", "name as full_name")
    path.write_text(filled + "from people\n", encoding="utf-8")
    assert extracts.check("webshop") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("crm", *PLACE), "source 'crm' is there already"),
        (("Web-Shop", *PLACE), "lower-case letters"),
        (("webshop", *PLACE, "--entities", "custmer"), "did you mean 'customer'?"),
        (("webshop", "--processor", "nobody", "--location", "FI"), "'nobody' is not in include/policy/processors.yaml"),
        (("webshop", "--processor", "praecom", "--location", "GB"), "outside since 2020-02-01"),
        (("webshop", *PLACE, "--timezone", "Europe/Helsingfors"), "unknown time zone"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(include: Path, words: tuple[str, ...], told: str) -> None:
    before = {p: p.read_bytes() for p in include.rglob("*") if p.is_file()}
    status, answer = _new(*words)
    assert (status, told in answer["message"]) == (1, True), answer
    assert {p: p.read_bytes() for p in include.rglob("*") if p.is_file()} == before


def test_a_file_that_an_entry_cannot_be_appended_to_stays_as_it_was(include: Path) -> None:
    policy = include / "policy" / "sources.yaml"
    inline = "sources: {shop: {title: a, connection: b, controller: c, processor: praecom, location: FI}}\n"
    policy.write_text(inline, encoding="utf-8")
    status, answer = _new("webshop", *PLACE)
    assert (status, answer["error"]) == (1, "PolicyError")
    assert policy.read_text(encoding="utf-8") == inline
    assert not (include / "sql/extract/webshop").exists()


def test_selects_are_added_to_a_source_and_none_is_overwritten(include: Path) -> None:
    path = include / "sql/extract/service_desk/person.sql"
    before, policy = path.read_bytes(), (include / "policy/sources.yaml").read_bytes()
    status, made = _new("service_desk", "--add", "--entities", "person,order")
    assert (status, made["selects"]) == (0, ["include/sql/extract/service_desk/order.sql"])
    assert (path.read_bytes(), (include / "policy/sources.yaml").read_bytes()) == (before, policy)
    assert "person" not in made["further_entities"]


def test_without_a_place_it_says_what_to_name(include: Path) -> None:
    answer = CliRunner().invoke(app, ["source", "new", "webshop"])
    assert answer.exit_code == 2
    assert skeleton.FIRST == ("customer", "person")
    assert not (include / "sql/extract/webshop").exists()
