"""The Data Docs of a pull: which rule on the whole of it stopped it, which a person let through, which held."""

from datetime import timedelta
from typing import Any

import pytest

from rekisteri import connections, data_docs, gate_history, paths, pulls
from rekisteri.data_docs import validations
from rekisteri.errors import QualityRefused
from rekisteri.gate_history import Finding
from tests.pull.conftest import NIGHT, Shop
from tests.test_data_docs import parsed, require_alone

GONE = "20 of 20 rows are gone at the source, more than the 5 % of vanish_limit in sources.yaml"
EXPECTED = """expectations:
  customer:
    - type: expect_column_values_to_not_be_null
      name: with_phone
      kwargs: {column: phone, mostly: 0.5}
      severity: warning
      consequence: pull
      fewest_rows: 3
      why: Most clients have a phone; else the extract is broken.
"""


def _site() -> dict[str, str]:
    """Return the pages as the officer's login renders them; each leads to pages that there are."""
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        site = dict(data_docs.pages(conn))
    require_alone(site)
    return site


def _path(shop: Shop, run_id: str) -> str:
    found = shop.warehouse.execute("select night, pull_id from staging.pull where run_id = %s", (run_id,)).fetchone()
    assert found
    return f"pulls/{found[0]}/shop.{found[1]}.html"


def _rules(html: str) -> dict[tuple[str, str], list[str]]:
    """Return what a page says of the rules on the whole pull: entity and rule to verdict, words and counts."""
    found = next(table for table in parsed(html).tables if table[0][1:3] == ["Entity", "Rule"])
    return {(row[1], row[2]): [row[0], *row[3:]] for row in found[1:]}


def _pulls(site: dict[str, str]) -> list[list[str]]:
    """Return the index's list of pulls: source, state, rules on the whole pull, suites."""
    found = next(table for table in parsed(site["index.html"]).tables if table[0][3] == "Rules on the whole pull")
    return [row[1:] for row in found[1:]]


@pytest.fixture
def emptied(shop: Shop) -> Shop:
    """A source that had 20 clients, pulled in the run ``full``, and has none any more."""
    for n in range(20):
        shop.client(str(n))
    shop.night(run_id="full")
    shop.conn.execute("delete from client")
    return shop


def test_a_pull_that_a_rule_stopped_has_a_page_that_says_which_and_that_the_others_held(emptied: Shop) -> None:
    before = _site()
    with pytest.raises(QualityRefused):
        emptied.night(run_id="stopped")
    site = _site()
    path = _path(emptied, "stopped")
    # Great Expectations was not asked.
    assert set(site) - set(before) == {path}
    told = _rules(site[path])
    assert next(iter(told)) == ("customer", "vanished")
    verdict, words, looked_at, off = told.pop(("customer", "vanished"))
    assert (verdict, looked_at, off) == ("✗ stopped", "20", "20")
    assert words == f"no more rows are gone at the source than sources.yaml allows{GONE}"
    assert told
    assert all(verdict == "✓ held" and off == "0" for verdict, _, _, off in told.values())
    asked = len(told) + 1
    assert "nothing of it was merged" in site[path]
    # Said above the table too, which is wider than a narrow window.
    assert f"<code>customer vanished</code>: {GONE}</dd>" in site[path]
    assert "No row was judged: Great Expectations is asked only of a pull that no rule" in site[path]
    assert _pulls(site)[0] == ["Shop", "stopped", f"✗ 1 of {asked} stopped it", "0"]
    assert _pulls(site)[1][:2] == ["Shop", "merged"]
    assert f'<a href="{path}">2026-11-01</a></td><td>stopped</td>' in site["index.html"]


def test_what_a_person_let_through_is_told_with_how_far_off_it_was(emptied: Shop) -> None:
    emptied.night(run_id="accepted", vanished=True)
    site = _site()
    page = site[_path(emptied, "accepted")]
    told = _rules(page)["customer", "vanished"]
    assert told[0] == "! accepted"
    assert told[1].endswith(GONE)
    assert "Let through by a person</dt><dd><code>vanished</code>" in page
    state, rules = _pulls(site)[0][1:3]
    assert state == "merged"
    assert rules.startswith("! 1 of ")
    assert "accepted" in rules


def test_a_pull_that_holds_leads_to_its_validations_and_they_to_it(emptied: Shop) -> None:
    site = _site()
    path = _path(emptied, "full")
    (judged,) = [one for one in site if one.startswith("validations/2026-11-01/shop.customer.")]
    assert f"../../{judged}" in parsed(site[path]).links
    assert f"../../{path}" in parsed(site[judged]).links
    assert "Let through by a person" not in site[path]


def test_an_expectation_that_stopped_a_pull_is_among_the_rules_on_the_whole_of_it(shop: Shop) -> None:
    (paths.EXPECTATIONS / "shop.yaml").write_text(EXPECTED, encoding="utf-8")
    shop.client("few", tel=None)
    shop.night(run_id="few")
    for n in range(5):
        shop.client(str(n), tel=None)
    with pytest.raises(QualityRefused):
        shop.night(run_id="stopped")
    shop.night(run_id="accepted", accepted=["expects:with_phone"])
    site = _site()
    told = {run: _rules(site[_path(shop, run)])["customer", "expects:with_phone"] for run in ("few", "stopped")}
    asked = "column values to not be null (column phone, mostly 0.5)"
    assert told["few"] == ["! noted", f"{asked}not met, by too few rows for the pull to be judged by it", "1", "1"]
    assert told["stopped"][0] == "✗ stopped"
    assert told["stopped"][1].startswith(asked)
    assert "5 of 5 rows break it (100.00%), at most 50.00% may" in told["stopped"][1]
    # It was Great Expectations that found it.
    assert "Validation results of this pull" in site[_path(shop, "stopped")]
    assert _rules(site[_path(shop, "accepted")])["customer", "expects:with_phone"][0] == "! accepted"


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ({"rule": "quiet", "severity": "warning", "refused": 3, "told": "nothing has changed for 9 nights"},
         ["! noted", "something is new within twice the nights that are usualnothing has changed for 9 nights"]),
        ({"rule": "total:value", "severity": "info"},
         ["! noted", "the sum of value is that of the sourcenot reconciled: as the source keeps this column, it "
          "cannot sum it"]),
        # So few rows may always vanish.
        ({"rule": "vanished", "refused": 2},
         ["✓ held", "no more rows are gone at the source than sources.yaml allows"]),
    ],
    ids=["said only", "not reconciled", "within the limit"],
)  # fmt: skip
def test_what_stops_nothing_is_noted_or_held(shop: Shop, found: dict[str, Any], shown: list[str]) -> None:
    shop.client("1")
    shop.night(run_id="held")
    pull = pulls.get(shop.warehouse, str(_path(shop, "held").split(".")[1]))
    common = {"gate": "quality", "level": "pull", "severity": "critical", "evaluated": 9, "refused": 0, "seconds": 0.1}
    gate_history.note_many(shop.warehouse, pull, [Finding("contract", **common | found)])
    site = _site()
    assert _rules(site[_path(shop, "held")])["contract", found["rule"]][:2] == shown
    noted = "! noted" in shown
    assert _pulls(site)[0][2].endswith(", 1 noted") is noted
    assert "✓" in _pulls(site)[0][2]


def test_a_pull_that_did_not_come_so_far_says_so(shop: Shop) -> None:
    pulls.begin(shop.warehouse, "shop", NIGHT, "begun")
    page = _site()[_path(shop, "begun")]
    assert "No rule on the whole pull was asked: the pull has not come so far" in page
    assert "<dt>Pull</dt><dd>not merged</dd>" in page


def test_a_night_on_which_nothing_changed_says_so(shop: Shop) -> None:
    shop.client("1")
    shop.night()
    shop.night(run_id="same")
    page = _site()[_path(shop, "same")]
    assert "No rule on the whole pull was asked: nothing had changed at the source" in page
    assert "No row was judged: nothing was new" in page


def test_the_page_of_a_stopped_pull_is_kept_for_thirty_nights(emptied: Shop) -> None:
    with pytest.raises(QualityRefused):
        emptied.night(run_id="stopped")
    path = _path(emptied, "stopped")
    emptied.client("new")
    accepted = ["vanished"]
    emptied.night(night=NIGHT + timedelta(days=29), accepted=accepted)
    assert path in _site()
    emptied.night(run_id="last", night=NIGHT + timedelta(days=30), accepted=accepted)
    # The other pull's validation is there until the night's last task takes it away, and so is what it leads to.
    assert {path, _path(emptied, "full")} & set(_site()) == {_path(emptied, "full")}
    validations.prune(emptied.warehouse, NIGHT + timedelta(days=30))
    site = _site()
    assert not [one for one in site if str(NIGHT) in one]
    assert len(_pulls(site)) == 2
    # The history, from which trends are told, stays.
    assert emptied.warehouse.execute("select from quarantine.gate_night where stopped").fetchone() is not None


def test_a_source_that_was_not_pulled_for_long_is_told_without_a_page(emptied: Shop) -> None:
    with pytest.raises(QualityRefused):
        emptied.night(run_id="stopped")
    emptied.warehouse.execute("update staging.pull set source = 'old' where run_id = 'stopped'")
    emptied.night(night=NIGHT + timedelta(days=40), accepted=["vanished"])
    validations.prune(emptied.warehouse, NIGHT + timedelta(days=40))
    site = _site()
    assert [row[:3] for row in parsed(site["index.html"]).tables[0][1:]] == [
        ["old", "2026-11-01", "stopped"], ["Shop", "2026-12-11", "merged"],
    ]  # fmt: skip
    (page,) = [one for one in site if one.startswith("pulls/")]
    assert page.startswith("pulls/2026-12-11/shop.")


def test_each_page_of_a_pull_is_rendered_alone(emptied: Shop) -> None:
    with pytest.raises(QualityRefused):
        emptied.night(run_id="stopped")
    site, path = _site(), _path(emptied, "stopped")
    assert data_docs.render(emptied.warehouse, path) == site[path]
    assert '<a href="/gates">Register</a>' in str(data_docs.render(emptied.warehouse, path, back="/gates"))
    assert data_docs.render(emptied.warehouse, path.replace("shop", "shops")) is None
