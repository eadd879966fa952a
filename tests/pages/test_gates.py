"""What was stopped last night, by which rule, is it growing, what do I do: by the page, and by the command alike."""

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import data_docs, gate_history, gates, paths, pulls
from rekisteri.cli import app
from rekisteri.errors import QualityRefused, ResidencyRefused
from rekisteri.nights import ingest
from rekisteri.pages import drawing
from rekisteri.remedies import explain
from tests.pages.conftest import Browser
from tests.pull.conftest import NIGHT, POLICY, Shop

FOUND: dict[str, Any] = {"gate": "quality", "level": "row", "severity": "critical", "evaluated": 9, "seconds": 0.1}


def ask(*words: str) -> Any:
    """Return what the command answers."""
    answer = CliRunner().invoke(app, ["gates", *words, "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def pull_of(shop: Shop, night: date = NIGHT) -> pulls.Pull:
    """Return the newest pull; of another night, one that only the history knows."""
    row = shop.warehouse.execute("select pull_id from staging.pull order by started_at desc limit 1").fetchone()
    pull_id = UUID(str(row[0])) if row and night == NIGHT else uuid4()
    return pulls.Pull(pull_id, "shop", night, "", "checked")


def note(shop: Shop, refused: Sequence[int], rule: str = "required:name", **more: Any) -> None:
    """Note what a rule refused on the last nights, the newest last."""
    for days, count in enumerate(reversed(refused)):
        pull = pull_of(shop, NIGHT - timedelta(days=days))
        gate_history.note(shop.warehouse, pull, "customer", rule, **FOUND | {"refused": count} | more)


def expect_filled(name: str, kwargs: str, consequence: str) -> None:
    """Declare that a column of the shop's customers is filled."""
    paths.EXPECTATIONS.mkdir(exist_ok=True)
    (paths.EXPECTATIONS / "shop.yaml").write_text(
        f"expectations:\n  customer:\n    - type: expect_column_values_to_not_be_null\n      name: {name}\n"
        f"      kwargs: {kwargs}\n      severity: critical\n      consequence: {consequence}\n"
        "      why: Whom nobody can reach is counted.\n",
        encoding="utf-8",
    )


def test_before_the_first_night_the_page_says_what_will_be_there(
    warehouse: psycopg.Connection[Any], browser: Browser
) -> None:
    assert "No source has been pulled yet" in browser.open("/gates").text
    assert "No row waits" in browser.open("/gates/rows").text
    assert ask() is None
    assert "No source has been pulled yet" in CliRunner().invoke(app, ["gates"]).stdout


def test_a_night_is_told_by_source_and_by_rule_with_what_to_do(shop: Shop, browser: Browser) -> None:
    shop.client("1")
    shop.client("2", label=None)
    shop.deal("10", "2")
    shop.night()
    note(shop, [0, 1])
    page = browser.open("/gates")
    assert "the night of 2026-11-01" in page.text
    assert "1 of 1 merged" in page.text
    for rule in ("required:name", "reference:customer_key"):
        assert rule in page.text
        assert explain(rule.partition(":")[0]).remedy.split("`")[0].split(";")[0] in page.text
    assert "growing from 0 on 2026-10-31" in page.text
    told = ask()
    assert [(s["source"], s["state"], s["numbers"]["read"], s["numbers"]["merged"]) for s in told["sources"]] == [
        ("shop", "merged", 3, 1)
    ]
    rules = {one["rule"]: one for one in told["rules"]}
    assert set(rules) == {"required:name", "reference:customer_key"}
    assert (rules["required:name"]["waiting"], rules["required:name"]["refused"]) == (1, 1)
    assert (rules["required:name"]["oldest"], rules["required:name"]["expires_on"]) == ("2026-11-01", "2026-12-01")
    assert rules["required:name"]["trend"]["word"] == "growing"
    assert rules["reference:customer_key"]["trend"]["word"] == "first night"


def test_the_page_and_the_command_for_people_tell_the_same(shop: Shop, browser: Browser) -> None:
    shop.client("2", label=None)
    shop.night()
    note(shop, [4, 1])
    said, page = CliRunner().invoke(app, ["gates"]).stdout, browser.open("/gates").text
    for told in (said, page):
        assert "Shop" in told
        assert "required:name" in told
        assert "shrinking" in told
        assert explain("required").meaning in told


def test_what_has_not_changed_counts_on_as_it_waits(shop: Shop, browser: Browser) -> None:
    shop.client("1", label=None)
    shop.night()
    note(shop, [1])
    shop.night()
    later = NIGHT + timedelta(days=3)
    # Another source was pulled since, this one was not.
    gate_history.note(
        shop.warehouse, pulls.Pull(uuid4(), "other", later, "", "checked"), "customer", "required:name",
        **FOUND, refused=0,
    )  # fmt: skip
    found = gates.read(later)
    assert found
    assert [(one.rule, one.refused, one.waiting, one.trend and one.trend.now) for one in found.rules] == [
        ("required:name", 1, 1, 1)
    ]
    assert [(one.state, one.night, one.trend.now) for one in found.sources] == [("not pulled", NIGHT, 1)]
    # Its bars since are hollow.
    assert set(drawing.paths(found.sources[0].trend)) == {"unknown", "known", "held"}
    assert found.sources[0].trend.ran[-4:] == (True, False, False, False)
    assert 'class="held"' in browser.open(f"/gates?night={later}").html


def test_a_night_without_a_pull_is_told_with_the_nearest(shop: Shop, browser: Browser) -> None:
    shop.client("1", label=None)
    shop.night()
    note(shop, [2, 1])
    shop.night(night=NIGHT + timedelta(days=3))
    for night, near in (
        ("2020-01-01", ["2026-10-31"]), ("2026-11-02", ["2026-11-01", "2026-11-04"]), ("2027-01-01", ["2026-11-04"]),
    ):  # fmt: skip
        answer = CliRunner().invoke(app, ["gates", "--night", night])
        assert answer.exit_code == 1
        assert f"nothing was pulled in the night of {night}" in answer.output
        assert f"the nearest with a pull: {' and '.join(near)}" in answer.output
        assert "required:name" not in answer.output
        page = browser.open(f"/gates?night={night}", 404)
        assert f"Nothing was pulled in the night of {night}" in page.text
        assert [link.rpartition("=")[2] for link in page.links("/gates?night=")] == near


def test_while_a_night_is_under_way_the_last_that_ended_is_shown(shop: Shop, browser: Browser) -> None:
    shop.client("1", label=None)
    shop.night()
    ingest.open_pull("shop", NIGHT + timedelta(days=1), "tonight")
    page = browser.open("/gates")
    assert "the night of 2026-11-01" in page.text
    assert "A night is under way: 0 of 1 sources of 2026-11-02 are merged so far" in page.text
    assert "1 of 1 merged" in page.text
    assert page.links("/gates?night=2026-11-02")
    said = CliRunner().invoke(app, ["gates"]).stdout
    assert "A night is under way: 0 of 1 sources of 2026-11-02" in said
    assert "Pulls of the night 2026-11-01" in said
    assert "This night is under way" in browser.open("/gates?night=2026-11-02").text
    ingest.give_up("shop", "tonight")
    assert "the night of 2026-11-02" in browser.open("/gates").text


def test_what_a_person_did_since_the_night_is_told_beside_it(
    shop: Shop, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in "123":
        shop.client(n, tel="x")
    shop.night()
    assert "waiting now" in CliRunner().invoke(app, ["gates"]).stdout
    assert [one["stock"] for one in ask()["sources"]] == [{"now": 3, "after": 3, "rejected": 0}]
    assert "Rows that wait 3 in quarantine" in browser.open("/gates").text
    for module in ("quarantine", "deciding"):
        monkeypatch.setattr(f"rekisteri.cli.{module}.tonight", lambda: NIGHT)
    for decision, key in (("release", "1"), ("reject", "2")):
        words = [decision, "--source", "shop", "--entity", "customer", "--key", key, "--staff", "dpo"]
        assert CliRunner().invoke(app, ["quarantine", *words]).exit_code == 0
    text = browser.open("/gates").text
    assert "Rows that wait 1 now 3 after the night, 1 rejected" in text
    assert "1 now (3 after the night, 1 rejected)" in CliRunner().invoke(app, ["gates"]).stdout
    assert [(one["rule"], one["waiting"]) for one in ask()["rules"]] == [("format:phone", 1)]


def test_a_summary_by_kind_comes_first_and_the_rest_when_asked_for(shop: Shop, browser: Browser) -> None:
    shop.client("1")
    shop.night()
    for n in range(12):
        note(shop, [n + 1], rule=f"length:column_{'x' * n}")
    said = CliRunner().invoke(app, ["gates"]).stdout
    assert said.index("By kind of rule") < said.index("Refused, by rule")
    assert "10 of 12 rules; `rekisteri gates --all` shows all" in said
    assert f"column_{'x' * 11}" in said
    assert "length:column_ " not in said
    assert said.count("What stands in the column is longer") == 1
    every = CliRunner().invoke(app, ["gates", "--all"]).stdout
    assert "length:column_ " in every
    assert "shows all" not in every


def test_what_is_noted_only_is_told_so(shop: Shop, browser: Browser) -> None:
    expect_filled("with_mail", "{column: email}", "note")
    shop.client("1")
    shop.client("2", tel="x")
    shop.night()
    rules = {one["rule"]: one["noted"] for one in ask()["rules"]}
    assert rules == {"expects:with_mail": True, "format:phone": False}
    said = " ".join(CliRunner().invoke(app, ["gates"]).stdout.split())
    assert "expects:with_mail (noted, not refused)" in said
    assert "format:phone (noted" not in said
    text = browser.open("/gates").text
    assert text.count("noted, not refused") == 1
    assert "0 wait, 2 noted only" in text


def test_a_rule_that_is_no_longer_asked_refuses_nothing(shop: Shop) -> None:
    shop.client("1")
    shop.night()
    note(shop, [3, 0], rule="required:name")
    gate_history.note(
        shop.warehouse, pull_of(shop, NIGHT - timedelta(days=1)), "customer", "order:old", **FOUND, refused=7
    )
    found = gates.read()
    assert found
    assert found.rules == ()


def test_of_two_pulls_of_a_night_the_newest_counts(shop: Shop) -> None:
    shop.client("1", label=None)
    shop.night()
    note(shop, [5])
    shop.night(full=True)
    note(shop, [1])
    found = gates.read()
    assert found
    assert [(one.rule, one.refused) for one in found.rules] == [("required:name", 1)]


def test_a_pull_that_a_rule_stopped_says_which_and_what_to_do(shop: Shop, browser: Browser) -> None:
    for n in range(20):
        shop.client(str(n))
    shop.night()
    shop.conn.execute("delete from client")
    with pytest.raises(QualityRefused):
        shop.night(run_id="stopped")
    ingest.give_up("shop", "stopped")
    far = "How far off: 20 of 20 rows are gone at the source, more than the 5 % of vanish_limit in sources.yaml"
    shown = browser.open("/gates").text
    assert far in shown
    assert "an earlier pull of the night merged 20 rows" in shown
    assert "0 of 1 merged 1 stopped before the merge; an earlier pull of the night was merged" in shown
    command = CliRunner().invoke(app, ["gates"]).stdout
    assert far in command
    assert "Shop: an earlier pull of the night merged 20 rows; this is its newest pull." in command
    status = CliRunner().invoke(app, ["status"]).stdout
    assert "shop was pulled again since, and that pull has not been merged" in status
    docs = browser.client.get("/rekisteri/data-docs/index.html").text
    assert "stopped by customer vanished: a rule on the whole pull" in docs
    stopped = docs.partition(">stopped</td>")[0].rpartition('href="')[2].partition('"')[0]
    assert far.removeprefix("How far off: ") in browser.client.get(f"/rekisteri/data-docs/{stopped}").text
    # Of a night before the sentence was kept there are the counts.
    note(shop, [20], rule="vanished", level="pull", stopped=True, evaluated=20)
    page = browser.open("/gates")
    assert "1 stopped before the merge" in page.text
    assert "Shop: customer, vanished" in page.text
    assert "Found 20 of 20" in page.text
    assert explain("vanished").remedy in page.text
    assert page.links("/dags/ingest_shop/runs/stopped")
    assert page.links("/data-docs/pulls/") == [f"/rekisteri/data-docs/{stopped}"]
    assert "stopped: customer, vanished" in CliRunner().invoke(app, ["gates"]).stdout
    # It keeps no row: nothing waits by it, and there is nothing to release.
    told = browser.open("/gates/rows?source=shop&entity=customer&rule=vanished")
    assert "A rule on a whole pull: it stops the pull or tells of it, and keeps no row in quarantine" in told.text
    assert "Found, over 30 nights" in told.text
    assert "By hand" not in told.text
    assert "By hand" in browser.open("/gates/rows?source=shop&entity=customer&rule=required:name").text


def test_the_tile_of_pulls_names_the_sources_that_an_earlier_pull_of_the_night_merged(
    shop: Shop, browser: Browser
) -> None:
    tile = "an earlier pull of the night was merged"
    # A pull without a row is merged too.
    shop.night()
    shop.night()
    assert tile not in browser.open("/gates").text
    ingest.open_pull("shop", NIGHT, "again")
    assert f"0 of 1 merged the night is under way; {tile}" in browser.open("/gates?night=2026-11-01").text
    ingest.give_up("shop", "again")
    assert f"0 of 1 merged 1 stopped before the merge; {tile}" in browser.open("/gates").text
    other = POLICY.partition("sources:\n")[2].replace("shop:", "other:").replace("Shop", "Other")
    (paths.POLICY / "sources.yaml").write_text(POLICY + other, encoding="utf-8")
    assert f"0 of 2 merged 1 stopped before the merge; of Shop {tile}" in browser.open("/gates?night=2026-11-01").text
    assert f"0 of 1 merged 1 stopped before the merge; {tile}" in browser.open("/gates?source=shop").text


def test_a_pull_that_stopped_otherwise_names_the_step(shop: Shop, browser: Browser) -> None:
    shop.client("1")
    ingest.open_pull("shop", NIGHT, "run 1")
    assert "under way" in browser.open("/gates").text
    ingest.give_up("shop", "run 1")
    assert "Shop: after the step 'admitted'" in browser.open("/gates").text


def test_a_source_outside_is_told(shop: Shop, browser: Browser) -> None:
    (paths.POLICY / "sources.yaml").write_text(POLICY.replace("location: FI", "location: GB"), encoding="utf-8")
    with pytest.raises(ResidencyRefused):
        ingest.open_pull("shop", NIGHT, "run 1")
    ingest.give_up("shop", "run 1")
    page = browser.open("/gates")
    assert "Shop: where the source is" in page.text
    assert "the source was not contacted" in page.text


def test_another_night_can_be_asked_for(shop: Shop, browser: Browser) -> None:
    shop.client("1", label=None)
    shop.night()
    note(shop, [2, 1])
    assert "the night of 2026-10-31" in browser.open("/gates?night=2026-10-31").text
    assert ask("--night", "2026-10-31")["rules"][0]["refused"] == 2
    assert "A date is written as" in browser.open("/gates?night=yesterday", 400).text


def test_one_source_can_be_asked_for(shop: Shop, browser: Browser) -> None:
    shop.client("1", label=None)
    shop.night()
    other = pulls.Pull(uuid4(), "other", NIGHT, "", "checked")
    gate_history.note(shop.warehouse, other, "person", "required:phone", **FOUND | {"refused": 7})
    every, one = browser.open("/gates"), browser.open("/gates?source=shop")
    assert "required:phone" in every.text
    assert "required:phone" not in one.text
    assert "required:name" in one.text
    assert "1 of 1 merged" in one.text
    assert one.having("option")[1] == {"value": "shop", "selected": None}
    assert {rule["source"] for rule in ask()["rules"]} == {"shop", "other"}
    assert {rule["source"] for rule in ask("--source", "shop")["rules"]} == {"shop"}
    # Nothing is known of it, which is not the same as nothing refused.
    assert "No such page" in browser.open("/gates?source=nowhere", 404).text
    answer = CliRunner().invoke(app, ["gates", "--source", "nowhere"])
    assert answer.exit_code == 1
    assert "nothing is known of a source 'nowhere'; there are" in answer.output


def test_a_stopped_pull_leads_to_the_data_docs_while_they_keep_its_night(shop: Shop, browser: Browser) -> None:
    stops = {days: NIGHT - timedelta(days=days) for days in (data_docs.NIGHTS - 1, data_docs.NIGHTS)}
    for days, night in sorted(stops.items(), reverse=True):
        ingest.open_pull("shop", night, f"run of {days}")
        ingest.give_up("shop", f"run of {days}")
    shop.night()
    links = {days: browser.open(f"/gates?night={night}").links("/data-docs/pulls/") for days, night in stops.items()}
    assert links[data_docs.NIGHTS] == []
    (kept,) = links[data_docs.NIGHTS - 1]
    assert browser.client.get(kept).status_code == 200


def test_rows_that_wait_are_not_called_fewer_where_a_stopped_pull_looked_at_none(shop: Shop, browser: Browser) -> None:
    for n in range(20):
        shop.client(str(n), label=None if n < 3 else f"Yhtiö {n}")
    shop.night(night=NIGHT - timedelta(days=1))
    shop.conn.execute("delete from client where no <> '0'")
    with pytest.raises(QualityRefused):
        shop.night()
    ingest.give_up("shop", "run 2")
    rules = {one["rule"]: one for one in ask()["rules"]}
    assert (rules["required:name"]["refused"], rules["required:name"]["waiting"]) == (3, 3)
    assert rules["required:name"]["trend"]["word"] == "steady"
    command = CliRunner().invoke(app, ["gates"]).stdout
    assert "shrinking" not in command + browser.open("/gates").text
    assert re.search(rf"required:name +3 on {NIGHT - timedelta(days=1)} ", command)
    numbers = browser.open("/gates/rows?source=shop&entity=customer&rule=required:name").text
    assert f"{NIGHT} 3 as before, not judged" in numbers
    assert f"{NIGHT - timedelta(days=1)} 3 " in numbers
    # What a rule on a whole pull finds is how far off it is, and no row that is refused.
    off = rules["vanished"]["refused"]
    assert re.search(rf"shop +customer +vanished +{off} off ", command)
    assert f"{off} off" in browser.open("/gates").text
    assert re.search(r"vanished +1 +0 ", command)


def test_an_expectation_on_the_pull_that_holds_is_told_of_nobody(shop: Shop, browser: Browser) -> None:
    expect_filled("mostly_with_phone", "{column: phone, mostly: 0.5}", "pull")
    for n in range(4):
        shop.client(str(n), tel="+358401234567" if n else None)
    shop.night()
    # It is kept that one row breaks it; the rule on the pull holds.
    kept = "select refused, stopped from quarantine.gate_night where rule = 'expects:mostly_with_phone'"
    assert shop.warehouse.execute(kept).fetchall() == [(1, False)]
    assert ask()["rules"] == []
    assert "mostly_with_phone" not in browser.open("/gates").text


def test_records_that_left_the_register_for_their_place_are_told(consenting: Shop, browser: Browser) -> None:
    consenting.conn.execute("update line set region = 'eu-north-1'")
    consenting.night()
    assert set(consenting.held("service")) == {"100"}
    assert "left the register" not in browser.open("/gates").text
    consenting.conn.execute("update line set region = 'us-east-1'")
    consenting.night()
    assert consenting.held("service") == {}
    assert "1 left the register : outside now" in browser.open("/gates").text
    assert "Shop: 1 record(s) left the register" in CliRunner().invoke(app, ["gates"]).stdout
    # The register holds none of it; its source does, which is no "none" to report.
    assert "1 row that the register does not let in lies outside without a consent" in browser.open("/transfers").text


def test_the_pages_of_rows_are_followed_to_the_last_one(shop: Shop, browser: Browser) -> None:
    for n in range(120):
        shop.client(f"c{n}", label=None)
    shop.night()
    path, found = "/gates/rows", []
    assert "120 wait" in browser.open(path).text
    while path:
        page = browser.open(path)
        found += re.findall(r"shop customer (c\d+)", page.text)
        path = next(iter(page.links("&after=")), "")
    assert sorted(found) == sorted(f"c{n}" for n in range(120))


def test_an_earlier_pull_that_was_not_merged_either_is_not_told_as_merged(shop: Shop, browser: Browser) -> None:
    for run_id in ("first", "second"):
        ingest.open_pull("shop", NIGHT, run_id)
        ingest.give_up("shop", run_id)
    assert "an earlier pull of the night was not merged" in browser.open("/gates?night=2026-11-01").text
