"""What the command and the pages tell of a rule."""

import re
from typing import get_args

import pytest

from rekisteri import remedies, rules

TOLD = (
    "required", "format", "unique", "reference", "residency", "length", "oversized", "order", "future",
    "known_elsewhere", "expects", "ended", "contradiction", "rejected", "vanished", "volume", "count", "nulls", "total",
    "fresh", "quiet",
)  # fmt: skip


@pytest.mark.parametrize("kind", TOLD)
@pytest.mark.parametrize("column", ["", ":started_on"])
def test_each_kind_is_told_in_whole_sentences(kind: str, column: str) -> None:
    for text in remedies.explain(kind + column):
        assert re.fullmatch(r"[A-Zs].+[.]", text), text
        assert "{" not in text
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
