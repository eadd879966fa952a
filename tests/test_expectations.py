"""Expectations of one source: what check says of the file, what they refuse, stop and count."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rekisteri import expectation_checks, gates, paths, rules_version
from rekisteri.errors import QualityRefused
from rekisteri.nights import ingest
from tests.mirror import NIGHT, SOURCES, Mirror

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "expectations.yaml").read_text(encoding="utf-8")
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of expectations."""
    monkeypatch.setattr(paths, "EXPECTATIONS", tmp_path)
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    return tmp_path


def test_the_shipped_files_are_sound() -> None:
    assert {path.stem for path in paths.EXPECTATIONS.glob("*.yaml")} == set(SOURCES)
    assert list(expectation_checks.check()) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["said"]))
def test_a_fault_in_the_file_is_told_with_its_line(folder: Path, case: dict[str, Any]) -> None:
    (folder / "crm.yaml").write_text(case["text"], encoding="utf-8")
    (found,) = expectation_checks.check()
    assert found.startswith(f"crm.yaml:{case['line']}: "), found
    assert case["said"] in found


def test_a_file_of_no_source_is_told(folder: Path) -> None:
    (folder / "bilings.yaml").write_text("expectations: {}\n", encoding="utf-8")
    (found,) = expectation_checks.check()
    assert found.startswith("bilings.yaml:1: no source is called so")


def _expect(mirror: Mirror, source: str, text: str) -> None:
    (paths.EXPECTATIONS / f"{source}.yaml").write_text(text, encoding="utf-8")
    assert list(expectation_checks.check()) == []


def _history(mirror: Mirror, rule: str) -> list[tuple[Any, ...]]:
    query = (
        "select level, severity, evaluated, refused, stopped from quarantine.gate_night as g "
        "inner join staging.pull as p using (pull_id) where rule = %s order by p.run_id"
    )
    return mirror.warehouse.execute(query, (rule,)).fetchall()


ODD = r"""
expectations:
  feedback:
    - type: expect_column_values_to_not_match_regex
      kwargs: {column: comment, regex: '100 ?%|it''s|\\d\{3\}'}
      severity: critical
      consequence: row
      why: Quotes, percent signs and backslashes must arrive in the database as they are.
    - type: expect_column_values_to_not_match_like_pattern
      kwargs: {column: comment, like_pattern: "%{secret}%"}
      severity: warning
      consequence: row
      why: Braces and percent signs are of the pattern, not of our statements.
    - type: expect_column_pair_values_a_to_be_greater_than_b
      name: pair
      kwargs: {column_A: score, column_B: score, ignore_row_if: either_value_is_missing}
      severity: info
      consequence: note
      why: Nothing is greater than itself, so every row with a score is counted and none refused.
  order:
    - type: expect_column_pair_values_a_to_be_greater_than_b
      name: delivered_later
      kwargs: {column_A: delivered_on, column_B: ordered_on, ignore_row_if: either_value_is_missing}
      severity: critical
      consequence: row
      why: A pair with rows that are left out of account refuses none of those.
    - type: expect_column_values_to_not_be_null
      name: value_of_what_is_delivered
      kwargs: {column: value, row_condition: {type: nullity, column: {name: delivered_on}, is_null: false}}
      severity: critical
      consequence: row
      why: What is delivered has a value; what is not may wait for one.
"""


def test_rows_are_refused_as_great_expectations_counts_them(mirror: Mirror) -> None:
    _expect(mirror, "crm", ODD)
    texts = {
        "percent": "100 % totta",
        "quote": "it's",
        "digits": "\\d{3}",
        "brace": "a {secret} b",
        "plain": "100 kertaa",
    }
    for key, comment in texts.items():
        mirror.add("crm", "feedback", key, {"comment": comment})
    mirror.add("crm", "order", "same day", {"delivered_on": "2024-03-01"})
    mirror.add("crm", "order", "not yet", {"delivered_on": None, "value": None})
    mirror.add("crm", "order", "for nothing", {"value": None})
    books = mirror.night("crm")
    assert mirror.refused() == {
        ("crm", "feedback", "percent"): ["expects:not_match_regex.comment"],
        ("crm", "feedback", "quote"): ["expects:not_match_regex.comment"],
        ("crm", "feedback", "digits"): ["expects:not_match_regex.comment"],
        ("crm", "feedback", "brace"): ["expects:not_match_like_pattern.comment"],
        ("crm", "order", "same day"): ["expects:delivered_later"],
        ("crm", "order", "for nothing"): ["expects:value_of_what_is_delivered"],
    }
    assert (books["feedback"]["quarantined"], books["order"]["quarantined"]) == (4, 2)
    assert _history(mirror, "expects:pair") == [("row", "info", 6, 6, False)]
    audited = mirror.warehouse.execute("select rule from audit.entry where kind = 'rows_refused'").fetchall()
    assert ("expects:pair",) not in audited
    assert ("expects:delivered_later",) in audited


STOPS = """
expectations:
  feedback:
    - type: expect_column_values_to_not_be_null
      kwargs: {column: score, mostly: 0.5}
      severity: critical
      consequence: pull
      fewest_rows: 3
      why: When most answers have no score the survey was joined wrongly.
    - type: expect_table_row_count_to_be_between
      kwargs: {max_value: 5}
      severity: warning
      consequence: pull
      why: So many answers never come in one night.
"""


def test_a_pull_that_is_not_as_expected_stops_before_the_merge(mirror: Mirror) -> None:
    _expect(mirror, "crm", STOPS)
    mirror.add("crm", "feedback", "1", {"score": None})
    mirror.night("crm")  # two rows are fewer than fewest_rows
    mirror.add_many("crm", "feedback", [(str(n), {"score": None}) for n in range(2, 10)])
    with pytest.raises(QualityRefused) as raised:
        mirror.night("crm")
    told = str(raised.value)
    assert (
        "crm.feedback, rule expects:not_be_null.score (include/expectations/crm.yaml:4): 8 of 8 rows break it" in told
    )
    assert "(100.00%), at most 50.00% may; nothing was merged" in told
    assert "expects:table_row_count_to_be_between (include/expectations/crm.yaml:10): over 8 rows found 8" in told
    assert mirror.held("crm", "feedback") == {"sound", "1"}
    assert _history(mirror, "expects:not_be_null.score") == [
        ("pull", "critical", 2, 1, False),
        ("pull", "critical", 8, 8, True),
    ]
    assert _history(mirror, "expects:table_row_count_to_be_between")[-1] == ("pull", "warning", 8, 1, True)
    ingest.give_up("crm", f"run {mirror.nights}")
    night = gates.read()
    assert night
    (stop,) = (one for source in night.by_state("stopped") for one in source.stops if "not_be_null" in one.what)
    assert stop.said.meaning.startswith("The pull does not meet the expectation in include/expectations/crm.yaml:4: ")
    both = '["expects:not_be_null.score", "expects:table_row_count_to_be_between"]'
    assert f"trigger the DAG with `accept: {both}`" in stop.said.remedy
    # Mended in the file: what stopped is let through by the next run.
    _expect(mirror, "crm", "expectations: {}\n")
    mirror.night("crm")
    assert len(mirror.held("crm", "feedback")) == 10


ELSEWHERE = """
known_elsewhere:
  customer:
    - column: y_tunnus
      in_source: crm
      in_entity: customer
      in_column: y_tunnus
      severity: critical
      consequence: {consequence}
      why: A company that the CRM does not know was entered by nobody.
"""


def test_what_another_source_must_know_is_refused_or_counted(mirror: Mirror) -> None:
    mirror.add("crm", "customer", "known", {"y_tunnus": "9999902-8"})
    mirror.add("billing", "customer", "1", {"y_tunnus": "99999028"})
    mirror.add("billing", "customer", "2", {"y_tunnus": "FI99999036"})
    mirror.add("billing", "customer", "3", {"y_tunnus": None})
    mirror.add("billing", "invoice", "of 2", {"customer_key": "2"})
    file = paths.POLICY / "sources.yaml"
    text = file.read_text(encoding="utf-8").replace("  billing:\n", "  billing:\n    after: [crm]\n")
    file.write_text(text, encoding="utf-8")
    _expect(mirror, "billing", ELSEWHERE.replace("{consequence}", "note"))
    mirror.night("crm")
    mirror.night("billing")
    assert mirror.refused() == {}
    assert _history(mirror, "known_elsewhere:y_tunnus") == [("row", "critical", 4, 1, False)]
    # The changed file judges every row again: what is held stays, in its last sound version.
    before = rules_version.of("billing", NIGHT)
    _expect(mirror, "billing", ELSEWHERE.replace("{consequence}", "row"))
    assert rules_version.of("billing", NIGHT) != before
    mirror.add("billing", "customer", "4", {"y_tunnus": "2108420-7"})
    mirror.add("billing", "invoice", "of 4", {"customer_key": "4"})
    mirror.night("billing")
    assert mirror.refused() == {
        ("billing", "customer", "2"): ["known_elsewhere:y_tunnus"],
        ("billing", "customer", "4"): ["known_elsewhere:y_tunnus"],
        ("billing", "invoice", "of 4"): ["reference:customer_key"],
    }
    mirror.add("crm", "customer", "late", {"y_tunnus": "2108420-7"})
    mirror.night("crm")
    # What waits is judged again with whatever is new in its source.
    mirror.add("billing", "customer", "5", {})
    mirror.night("billing")
    assert set(mirror.refused()) == {("billing", "customer", "2")}
