"""A new source begins as a skeleton that says what to fill in, and is refused until it is filled in."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rekisteri import extracts, paths, sources
from rekisteri.cli import app, checks, source
from rekisteri.embedded import airflow, night
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


def test_a_night_leaves_out_a_source_that_nobody_filled_in(include: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _new("webshop", *PLACE)
    customer = include / "sql/extract/webshop/customer.sql"
    blank = [f"include/sql/extract/webshop/{e}.sql" for e in ("customer", "person")]
    assert (extracts.blank("webshop"), extracts.blank("crm")) == (blank, [])
    assert any(
        one.startswith(blank[0]) and "'source_key' is null: not filled in yet" in one for one in extracts.check()
    )
    begun: list[str] = []
    told: list[str] = []
    monkeypatch.setattr(night.Night, "begin", lambda _, ingests: begun.extend(ingests))
    monkeypatch.setattr(night.Night, "watch", lambda self: {"whole": str(self._whole)})
    monkeypatch.setattr(night.secrets, "read", lambda *_: {"admin": "x", "dpo": "y"})
    service = airflow.Airflow(include, "http://127.0.0.1:1", {}, reused=False)
    assert night.run(include, service, told.append) == {"whole": "False"}
    assert begun == ["ingest_billing", "ingest_crm", "ingest_service_desk"]
    assert told == [f"leaving out webshop: {blank[0]} is not filled in yet; see `rekisteri check`"]
    customer.write_text("select id as source_key from t\n", encoding="utf-8")
    (customer.parent / "person.sql").unlink()
    assert night.run(include, service, told.append) == {"whole": "True"}


def test_the_groups_that_a_skeleton_needs_are_told_at_once(include: Path) -> None:
    wanted = ("--entities", "customer,invoice")
    status, refused = _new("webshop", "--processor", "shopkeeper", "--location", "FI", *wanted)
    told = re.search(r"groups: (\[.*\])", refused["message"])
    assert (status, told is not None) == (1, True)
    groups = sorted({
        group for e in ("customer", "invoice") for said in pulled_columns(ENTITIES[e]).values() for group in said.groups
    })  # fmt: skip
    assert told is not None
    assert json.loads(told[1]) == groups
    policy = include / "policy" / "processors.yaml"
    entry = (
        "\n  shopkeeper:\n    name: Shopkeeper Oy\n    role: runs a web shop\n    contract: 2024-01-31\n"
        "    storage: [FI]\n    access: [FI]\n    groups: "
    )
    before = policy.read_text(encoding="utf-8").rstrip()
    policy.write_text(f"{before}{entry}{groups[1:]}\n", encoding="utf-8")
    _, made = _new("webshop", "--processor", "shopkeeper", "--location", "FI", *wanted)
    assert f"processor 'shopkeeper' may not hold {groups[0]}: add them to its groups" in " ".join(made["next"])
    policy.write_text(f"{before}{entry}{groups}\n", encoding="utf-8")
    _, made = _new("other", "--processor", "shopkeeper", "--location", "FI", *wanted)
    assert "may not hold" not in " ".join(made["next"])
    assert not any("may not hold" in one for one in checks.findings(date(2026, 11, 1)))


def test_an_unknown_entity_is_told_with_those_that_there_are(include: Path) -> None:
    for wanted, hint in (
        ("company", "'company'; it has customer, person"),
        ("custmer", "did you mean 'customer'? It "),
    ):
        _, answer = _new("webshop", *PLACE, "--entities", wanted)
        assert hint in answer["message"]
    assert source.ENTITIES.split(", ") == list(ENTITIES)


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
        if (
            match := re.search(
                r"webshop/(\w+)\.sql:(\d+): required column '(\w+)' is null(?:: not filled in yet)?; put what", fault
            )
        )
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
