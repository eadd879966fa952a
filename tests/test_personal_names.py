"""Columns that look like personal data, by their names: cases, the foreign systems' names, an officer's words."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rekisteri import paths
from rekisteri.cli import checks
from rekisteri.drift import personal_names
from rekisteri.errors import PolicyError
from tests.foreign import systems

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "personal_names.yaml").read_text(encoding="utf-8"))
POLICY = personal_names.read()

# What is found in the foreign systems, table by table, looked at by hand: all of it is of persons, but for the phone
# numbers of shippers, which are companies.
FOREIGN = {
    "northwind.customers": "contact_name address postal_code phone fax",
    "northwind.employees": "last_name first_name title_of_courtesy birth_date address postal_code home_phone "
    "photo_path",
    "northwind.orders": "ship_name ship_address ship_postal_code",
    "northwind.shippers": "phone",
    "chinook.customer": "first_name last_name address postal_code phone fax email",
    "chinook.employee": "last_name first_name birth_date address postal_code phone fax email",
    "chinook.invoice": "billing_address billing_postal_code",
    "pagila.address": "address address2 postal_code phone",
    "pagila.customer": "first_name last_name email",
}


@pytest.mark.parametrize(("kind", "column"), [(kind, column) for kind, names in CASES.items() for column in names])
def test_a_column_looks_like_what_it_is(kind: str | None, column: str) -> None:
    assert personal_names.looks_like(column, POLICY) == kind


def test_the_foreign_systems_hold_what_was_looked_at() -> None:
    try:
        found = {
            f"{system}.{table}": " ".join(c for c in columns if personal_names.looks_like(c, POLICY))
            for system in systems.SOURCES
            for table, columns, _ in systems.tables(system)
        }
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert {table: names for table, names in found.items() if names} == FOREIGN


@given(st.text(max_size=40))
def test_any_name_at_all_gets_an_answer(column: str) -> None:
    assert personal_names.looks_like(column, POLICY) in {*POLICY.kinds, None}


@given(st.lists(st.sampled_from(["client", "ip", "birth", "date", "note", "osoite", "hetu"]), min_size=1, max_size=4))
def test_the_way_of_writing_makes_no_difference(said: list[str]) -> None:
    ways = ["_".join(said), "-".join(said), "".join(word.title() for word in said), "_".join(said).upper()]
    assert len({personal_names.looks_like(way, POLICY) for way in ways}) == 1


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the policy's file to change."""
    folder = tmp_path / "policy"
    shutil.copytree(paths.POLICY, folder)
    monkeypatch.setattr(paths, "POLICY", folder)
    return folder / personal_names.FILE


def test_an_officer_adds_words_and_exceptions(policy: Path) -> None:
    assert personal_names.looks_like("shoe_size", personal_names.read()) is None
    more = "  measure:\n    words: [shoe size]\nbut_not:\n  - kids shoe size"
    policy.write_text(policy.read_text(encoding="utf-8").replace("but_not:", more), encoding="utf-8")
    said = personal_names.read()
    assert personal_names.looks_like("ShoeSize", said) == "measure"
    assert personal_names.looks_like("kids_shoe_size", said) is None
    assert personal_names.looks_like("shoe_and_size", said) is None


@pytest.mark.parametrize("word", ["Hetu", "social_security", "hetu?", "  ", "[a-z]"])
def test_a_word_that_could_never_be_found_is_refused_with_its_line(policy: Path, word: str) -> None:
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text + f"  - '{word}'\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"personal_names\.yaml:{len(text.splitlines()) + 1}: but_not"):
        personal_names.read()
    assert any("personal_names.yaml" in finding for finding in checks.findings(date(2026, 11, 1)))
