"""Values take one form, or keep the reason why not; never a silent null."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rekisteri.conforming import CONFORM, conform, names_country
from rekisteri.sources import Source

SHOP = Source(
    title="Shop",
    connection="shop",
    controller="praecom",
    processor="x",
    location="FI",
    date="%d.%m.%Y",
    decimal=",",
    phone_country="FI",
)
CASES: dict[str, list[tuple[str, str | None]]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "conforming.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("format_", "raw", "value"), [(f, raw, value) for f, cases in CASES.items() for raw, value in cases]
)
def test_a_value_takes_its_form(format_: str, raw: str, value: str | None) -> None:
    made = conform(format_, pd.Series([raw], dtype="str"), SHOP)
    assert made["value"].tolist() == [value]
    assert made["reason"].tolist() == [None if value is not None else "not_well_formed"]


@pytest.mark.parametrize(
    ("raw", "of_source", "value"),
    [
        ("030-0074321", None, None),
        ("030-0074321", "DE", "+49300074321"),
        ("011 123 4567", None, None),
        ("+49 30-0074321", None, "+49300074321"),
        ("+49 30-0074321", "FI", "+49300074321"),
        ("0049 30-0074321", None, "+49300074321"),
        ("(0049) 30-0074321", None, "+49300074321"),
        ("DE: 030-0074321", None, "+49300074321"),
        ("DE: 030-0074321", "FI", "+49300074321"),
        ("Narnia: 030-0074321", "FI", None),
        ("358 11 123 4567", None, None),
    ],
)
def test_a_phone_without_a_country_is_its_sources_or_nobodys(
    raw: str, of_source: str | None, value: str | None
) -> None:
    made = conform("phone", pd.Series([raw], dtype="str"), SHOP.model_copy(update={"phone_country": of_source}))
    assert made["value"].tolist() == [value]


def test_each_format_has_cases_of_both_kinds() -> None:
    assert set(CASES) == set(CONFORM)
    for cases in CASES.values():
        assert {value is None for _, value in cases} == {True, False}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CONFORM)), st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=8))
def test_nothing_is_lost_and_nothing_is_null_without_a_reason(format_: str, values: list[str]) -> None:
    made: Any = conform(format_, pd.Series(values, dtype="str"), SHOP)
    assert len(made) == len(values)
    assert (made["value"].notna() != made["reason"].notna()).all()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["phone", "email", "y_tunnus", "country", "postal_code", "iban", "reference"]), st.data())
def test_a_form_is_its_own_form(format_: str, data: Any) -> None:
    value = data.draw(st.sampled_from([value for _, value in CASES[format_] if value is not None]))
    assert conform(format_, pd.Series([value], dtype="str"), SHOP)["value"].tolist() == [value]


@pytest.mark.parametrize("phone", ["+49 30 0074321", "0049 30 0074321", "DE: 030-0074321", "Saksa: 030-0074321"])
def test_a_phone_number_that_says_its_country_is_known_to(phone: str) -> None:
    assert names_country(phone)


@pytest.mark.parametrize("phone", ["030-0074321", "puh: 030-0074321", "Tel: 030-0074321"])
def test_a_word_before_a_phone_number_is_no_country(phone: str) -> None:
    assert not names_country(phone)
