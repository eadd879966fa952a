"""Every rule that Data Docs may show is told in words of its own."""

from typing import get_args

import pytest

from rekisteri import expectations, rules, sources, verdicts
from rekisteri.data_docs.validations import Check
from rekisteri.data_docs.wording import in_words, of_pull
from rekisteri.model import ENTITIES, pulled_columns


def told(rule: str, kind: str = "expect_column_values_to_be_null", **settings: object) -> str:
    """Return what Data Docs say of a rule."""
    return in_words(Check(rule, kind, settings, "critical", True, False, 1, 0, None))


@pytest.mark.parametrize("entity", ENTITIES)
def test_each_rule_of_the_model_has_its_own_words(entity: str) -> None:
    asked = rules.rules(entity, pulled_columns(ENTITIES[entity]))
    words = [told(rule.name, column=rule.looks_at) for rule in asked]
    assert len(set(words)) == len(words)
    for rule, said in zip(asked, words, strict=True):
        assert rule.column in said.split(" ")
        assert "column values" not in said


@pytest.mark.parametrize("kind", get_args(rules.Kind))
def test_each_kind_of_rule_is_told(kind: str) -> None:
    assert "values to be null" not in told(f"{kind}:ended_on", column="ended_on")


def test_each_kind_of_rule_on_a_whole_pull_has_its_own_words() -> None:
    said = {of_pull(f"{kind}:ended_on", None) for kind in get_args(verdicts.Kind)}
    assert len(said) == len(get_args(verdicts.Kind))
    # Of an expectation whose validation is not kept any more.
    assert of_pull("expects:ended_on", None) not in said


def test_the_shipped_expectations_are_told_with_their_settings() -> None:
    for source in sources.read():
        for entity in sources.entities(source):
            for rule, _ in expectations.known_elsewhere(source, entity):
                assert told(rule.name) == f"{rule.column} is known to the source that should know it"
            for one in expectations.expected(source, entity):
                said = told(one.of.rule, one.of.type, **one.of.kwargs)
                assert all(column in said for column in one.of.columns)
                assert not said.startswith("expect")
