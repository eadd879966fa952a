"""What the command and the pages tell of a rule."""

import re
from typing import get_args

import pytest

from rekisteri import remedies, rules
from rekisteri.model import ENTITIES, pulled_columns

TOLD = (
    "required", "format", "unique", "reference", "residency", "length", "order", "future", "known_elsewhere",
    "expects", "ended", "contradiction", "rejected", "vanished", "volume", "count", "nulls", "total", "fresh", "quiet",
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


def test_a_value_that_cannot_be_read_is_told_what_may_have_read_it_wrongly() -> None:
    phone = remedies.explain("format:phone").remedy
    assert "Its SELECT may give no country: write 'DE: ' || phone there, or set phone_country of the source" in phone
    for rule, setting in (("ended_on", "date"), ("amount", "decimal"), ("sent_at", "timezone")):
        assert f"mend its key {setting} and" in remedies.explain(f"format:{rule}").remedy
    for column in ("phone", "email", "y_tunnus", "kind"):
        told = remedies.explain(f"format:{column}").remedy
        assert not any(key in told for key in ("date", "decimal", "timezone")), told


def test_a_column_name_has_one_format_in_all_entities() -> None:
    formats: dict[str, set[str]] = {}
    for table in ENTITIES.values():
        for column, said in pulled_columns(table).items():
            formats.setdefault(column, set()).add(said.format)
    settable = ("phone", "date", "timestamp", "money")
    assert {c: f for c, f in formats.items() if len(f) > 1 and f & set(settable)} == {}


def test_an_unknown_rule_is_told_as_one() -> None:
    meaning, remedy = remedies.explain("surprise:name")
    assert meaning == "A rule that has no explanation here refuses it."
    assert "rules.py" in remedy
