"""Planted faults: every template is planted, breaks its rule and no other, and covers what a gate must find."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from rekisteri import expectations, extracts, sources
from rekisteri.conforming import CONFORM, conform
from rekisteri.demo import Generated, generate
from rekisteri.demo.faults import templates
from rekisteri.demo.rows import TABLES
from rekisteri.model import ENTITIES, pulled_columns

AS_OF = date(2026, 11, 1)


def _all(source: str) -> list[dict[str, Any]]:
    found, left = [], list(templates(source))
    while left:
        found.append(one := left.pop())
        left += one.get("children", [])
    return [one for one in found if not one.get("sound")]


@pytest.fixture(scope="module")
def fifty() -> Generated:
    """A small demo."""
    return generate(50, 7, AS_OF)


@pytest.mark.parametrize("customers", [1, 7, 50, 2000])
def test_every_template_is_planted(customers: int) -> None:
    manifest = generate(customers, 7, AS_OF).manifest
    assert manifest.not_planted == []
    wanted = sum(len(_all(source)) for source in TABLES) * max(1, customers // 1_000)
    twins = [one for one in manifest.faults if one.what.endswith("on consents to US")]
    assert len(manifest.faults) == wanted + len(twins)
    assert bool(twins) == bool(manifest.transfers) == (customers >= 50)


def test_each_faulty_record_is_named_once_and_its_rows_are_counted(fifty: Generated) -> None:
    named = [(f.source, f.entity, f.source_key) for f in fifty.manifest.faults]
    assert len(named) == len(set(named))
    assert all(f.copies == (2 if f.rule.startswith("unique:") else 1) for f in fifty.manifest.faults)


@pytest.mark.parametrize("source", TABLES)
def test_rules_are_of_the_model(source: str) -> None:
    for template in _all(source):
        kind, _, column = template["rule"].partition(":")
        if kind == "expects":
            expected = {one.of.rule: one.of.consequence for one in expectations.expected(source, template["entity"])}
            assert expected[template["rule"]] == "row", template["what"]
            continue
        said = pulled_columns(ENTITIES[template["entity"]])[column]
        assert column in extracts.columns(source, template["entity"])
        assert {
            "required": said.required,
            "format": said.format in CONFORM or said.format in ("code", "timestamp", "integer", "boolean"),
            "unique": column == "source_key",
            "reference": said.references is not None,
            "residency": said.format == "location",
            "length": said.longest_text is not None,
            "oversized": column == "source_key" or said.references is not None,
            "order": said.not_before is not None,
            "future": said.format in ("date", "timestamp"),
            "contradiction": said.named_by is not None,
            "ended": said.ends_with is not None,
        }[kind], template["what"]


def test_every_kind_of_fault_is_planted() -> None:
    """Each format that can be malformed, each reference and each location has its fault somewhere."""
    rules = {(t["entity"], t["rule"]) for source in TABLES for t in _all(source)}
    formats = {
        pulled_columns(ENTITIES[entity])[rule.partition(":")[2]].format
        for entity, rule in rules
        if rule.startswith("format:")
    }
    # PostgreSQL reads these three itself; code is judged by the model's list.
    assert formats == set(CONFORM) | {"code", "timestamp", "integer", "boolean"}
    assert rules >= {
        (entity, f"residency:{column}")
        for entity in ENTITIES
        for column, said in pulled_columns(ENTITIES[entity]).items()
        if said.format == "location"
    }
    kinds = {rule.partition(":")[0] for _, rule in rules}
    assert kinds >= {"length", "order", "future", "contradiction", "ended", "expects"}
    referring = {entity for entity, rule in rules if rule.startswith("reference:")}
    assert referring >= {
        entity
        for entity in ENTITIES
        if any(said.references and said.required for said in pulled_columns(ENTITIES[entity]).values())
    }


@pytest.mark.parametrize("source", TABLES)
def test_malformed_values_do_not_conform(source: str) -> None:
    declared = sources.named(source)
    for template in _all(source):
        kind, _, column = template["rule"].partition(":")
        if kind != "format":
            continue
        format_ = pulled_columns(ENTITIES[template["entity"]])[column].format
        if format_ in CONFORM:
            (value,) = template["set"].values()
            assert conform(format_, pd.Series([value]), declared)["value"].isna().all(), template["what"]
