"""What the command and the pages tell of a rule."""

import re
from collections.abc import Iterator
from typing import get_args

import pytest

from rekisteri import acceptance, expectations, remedies, rules, sources, verdicts
from rekisteri.errors import PolicyError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.quarantine import deciding
from rekisteri.residency import gate

KINDS = (*get_args(rules.Kind), expectations.EXPECTS, gate.GATE, deciding.REJECTED, *get_args(verdicts.Kind))
"""Kinds of all rules that may refuse a row or stop a pull."""


def yielded() -> Iterator[str]:
    """Yield the name of every rule of the model, and of every expectation that is shipped."""
    for entity, table in ENTITIES.items():
        yield from (rule.name for rule in rules.rules(entity, pulled_columns(table)))
        for source in sources.read():
            yield from (rule.name for rule, _ in expectations.known_elsewhere(source, entity))
            yield from (one.of.rule for one in expectations.expected(source, entity))


@pytest.mark.parametrize("kind", sorted({*KINDS, *remedies.REMEDIES}))
@pytest.mark.parametrize("column", ["", ":started_on"])
def test_each_kind_is_told_in_whole_sentences(kind: str, column: str) -> None:
    for text in remedies.explain(kind + column):
        assert re.fullmatch(r"[A-Zs].+[.]", text), text
        assert not set("{}|") & set(text)
        # What a placeholder leaves behind where nothing is put into it, or too much.
        assert not re.search(r"\b(the|a|an|one|same) the\b|:the |\(the column\)|says no: |  ", text), text
    assert remedies.explain(kind + column) != remedies.explain("nobody knows")


def test_every_kind_is_told_and_no_other() -> None:
    assert set(remedies.REMEDIES) == set(KINDS)


def test_every_rule_of_the_model_and_of_the_shipped_expectations_is_told() -> None:
    names = set(yielded())
    assert {name.partition(":")[0] for name in names} == {*get_args(rules.Kind), expectations.EXPECTS}
    unknown = remedies.explain("nobody knows")
    assert [name for name in names if unknown.meaning == remedies.explain(name).meaning] == []


def test_a_rule_of_a_kind_that_nobody_tells_of_cannot_be_yielded() -> None:
    with pytest.raises(ValueError, match="rule 'weekday:rows' is of no kind"):
        verdicts.Verdict("customer", "weekday:rows", 1)


@pytest.mark.parametrize("kind", [kind for kind in get_args(verdicts.Kind) if kind != "quiet"])
def test_what_stops_a_pull_is_told_with_the_name_that_lets_it_through(kind: str) -> None:
    rule = {"vanished": kind, "volume": kind, "count": "count:rows"}.get(kind, f"{kind}:value")
    assert remedies.explain(rule).remedy.endswith(f"with accept: {rule}.")
    acceptance.require_names("crm", [rule])


def test_what_stops_nothing_cannot_be_accepted() -> None:
    with pytest.raises(PolicyError):
        acceptance.require_names("crm", ["quiet"])


def test_the_column_is_named() -> None:
    assert remedies.explain("required:full_name").meaning == "full_name is empty, and the register must hold it."
    assert "full_name" in remedies.explain("required:full_name").remedy


def test_a_value_that_cannot_be_read_is_told_what_may_have_read_it_wrongly() -> None:
    phone = remedies.explain("format:phone").remedy
    assert "write 'DE: ' || phone there, or set phone_country of the source" in phone
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
