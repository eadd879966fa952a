"""What the command and the pages tell of a rule."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest

from rekisteri import acceptance, expectations, paths, remedies, rules, sources, verdicts
from rekisteri.errors import PolicyError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding, telling
from rekisteri.residency import gate
from tests.pull.conftest import NIGHT

KINDS = (*get_args(rules.Kind), expectations.EXPECTS, gate.GATE, deciding.REJECTED, *get_args(verdicts.Kind))
"""Kinds of all rules that may refuse a row or stop a pull."""

EACH = "A name in accept counts for every entity of the source"


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
    assert f'with accept: ["{rule}"]. {EACH}' in remedies.explain(rule).remedy
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
    assert f'accept: ["nulls:<column>"]. {EACH}' in remedies.explain("nulls").remedy
    assert f'accept: ["nulls:email"]. {EACH}' in remedies.explain("nulls:email").remedy


def test_consent_is_one_of_the_ways_to_mend_a_refused_location() -> None:
    for rule in ("residency", "residency:storage_region"):
        assert "consent" in remedies.explain(rule).meaning
        assert "get the consents, and the row comes in at the next pull" in remedies.explain(rule).remedy


def test_a_rule_is_accepted_whatever_the_entity_that_has_it() -> None:
    # As the remedies say: nothing that is accepted names an entity.
    pull = Pull(uuid4(), "crm", NIGHT, "", "checked", accepted=("nulls:email",))
    assert acceptance.is_accepted(pull, "nulls:email")
    assert not acceptance.is_accepted(pull, "nulls:phone")


FILE = """
expectations:
  feedback:
    - type: expect_column_values_to_be_between
      kwargs: {column: score, min_value: 0, max_value: 10}
      severity: critical
      consequence: row
      why: The survey asks for 0 to 10
    - type: expect_column_values_to_be_in_set
      kwargs: {column: comment, value_set: [Maija, Matti], row_condition: {type: comparison, column: {name: score}, operator: ==, parameter: Maija}}
      severity: info
      consequence: note
      why: Who else writes is counted.
    - type: expect_column_values_to_match_regex
      kwargs: {column: comment, regex: '^[a-z]+$', mostly: 0.5}
      severity: critical
      consequence: pull
      why: Comments are of small letters.
"""  # noqa: E501


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The CRM's expectations, which a test may spoil."""
    monkeypatch.setattr(paths, "EXPECTATIONS", tmp_path)
    (tmp_path / "crm.yaml").write_text(FILE.lstrip(), encoding="utf-8")
    return tmp_path / "crm.yaml"


def test_an_expectation_on_rows_is_told_by_its_file(file: Path) -> None:
    meaning, remedy = telling.explain_of("crm", "feedback", "expects:be_between.score")
    assert meaning == (
        f"The expectation in {file}:3 is not met: The survey asks for 0 to 10. It is "
        "`expect_column_values_to_be_between` (column `score`, min_value `0`, max_value `10`)."
    )
    assert remedy.startswith("Correct the row at the source")
    assert "`rekisteri quarantine retest`" in remedy
    assert "release" in remedy


def test_what_is_counted_only_keeps_nothing_and_a_text_that_may_be_a_name_is_not_told(file: Path) -> None:
    meaning, remedy = telling.explain_of("crm", "feedback", "expects:be_in_set.comment")
    assert "(column `comment`, value_set as that line says, only of rows that its condition chooses)" in meaning
    assert "Maija" not in meaning
    assert remedy.startswith("It is only counted: it keeps no row out and stops no pull.")
    assert "Correct the row" not in remedy


def test_an_expectation_on_a_pull_is_told_as_where_it_stops_one(file: Path) -> None:
    meaning, remedy = telling.explain_of("crm", "feedback", "expects:match_regex.comment")
    assert meaning.startswith("The pull does not meet the expectation in ")
    assert f'`accept: ["expects:match_regex.comment"]`. {EACH}' in remedy


@pytest.mark.parametrize(
    ("source", "entity", "rule"),
    [
        ("crm", "feedback", "expects:gone"),
        ("crm", "order", "expects:be_between.score"),
        ("taken_out", "feedback", "expects:be_between.score"),
        ("billing", "feedback", "expects:be_between.score"),
        ("crm", "feedback", "required:score"),
    ],
)
def test_what_no_file_says_is_told_in_general(file: Path, source: str, entity: str, rule: str) -> None:
    assert telling.explain_of(source, entity, rule) == remedies.explain(rule)


def test_a_file_with_a_fault_hides_no_row(file: Path) -> None:
    file.write_text("expectations: [", encoding="utf-8")
    rule = "expects:be_between.score"
    assert telling.explain_of("crm", "feedback", rule) == remedies.explain(rule)


def test_every_shipped_expectation_is_told_with_its_line() -> None:
    for source in sources.read():
        for entity in ENTITIES:
            for one in expectations.expected(source, entity):
                told = telling.explain_of(source, entity, one.of.rule)
                assert f"in {one.where}" in told.meaning
                for text in told:
                    assert re.fullmatch(r"[A-Z].+[.]", text), text
