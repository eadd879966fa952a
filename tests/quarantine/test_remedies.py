"""What the command and the pages tell of a rule."""

import re
from typing import get_args

import pytest

from rekisteri import remedies, rules

TOLD = (
    "required", "format", "unique", "reference", "residency", "length", "order", "future", "known_elsewhere",
    "expects", "ended", "contradiction", "rejected", "vanished", "volume", "count", "nulls", "total", "fresh", "quiet",
)  # fmt: skip


@pytest.mark.parametrize("kind", sorted({*TOLD, *remedies.REMEDIES}))
@pytest.mark.parametrize("column", ["", ":started_on"])
def test_each_kind_is_told_in_whole_sentences(kind: str, column: str) -> None:
    for text in remedies.explain(kind + column):
        assert re.fullmatch(r"[A-Zs].+[.]", text), text
        assert not set("{}|") & set(text)
        # What a placeholder leaves behind where nothing is put into it, or too much.
        assert not re.search(r"\b(the|a|an|one|same) the\b|:the |\(the column\)|says no: |  ", text), text
    assert remedies.explain(kind + column) != remedies.explain("nobody knows")


def test_every_kind_that_the_gate_asks_is_told() -> None:
    assert set(get_args(rules.Kind)) <= set(remedies.REMEDIES)


def test_the_column_is_named() -> None:
    assert remedies.explain("required:full_name").meaning == "full_name is empty, and the register must hold it."
    assert "full_name" in remedies.explain("required:full_name").remedy


def test_an_unknown_rule_is_told_as_one() -> None:
    meaning, remedy = remedies.explain("surprise:name")
    assert meaning == "A rule that has no explanation here refuses it."
    assert "rules.py" in remedy


def test_a_kind_alone_reads_right() -> None:
    assert "have the same value where each must have its own" in remedies.explain("unique").meaning
    assert "bear one Y-tunnus under unlike names" in remedies.explain("contradiction").meaning
    assert "bear one y_tunnus under unlike names" in remedies.explain("contradiction:y_tunnus").meaning
    assert remedies.explain("expects").meaning == "It does not meet an expectation of include/expectations."
    assert remedies.explain("expects:be_between.score").meaning.endswith("include/expectations: be_between.score.")
    assert remedies.explain("ended").meaning.endswith("has ended.")
    assert remedies.explain("nulls").remedy.endswith("accept: nulls.")
    assert remedies.explain("nulls:email").remedy.endswith("accept: nulls:email.")


def test_consent_is_one_of_the_ways_to_mend_a_refused_location() -> None:
    for rule in ("residency", "residency:storage_region"):
        assert "consent" in remedies.explain(rule).meaning
        assert "get the consents, and the row comes in at the next pull" in remedies.explain(rule).remedy
