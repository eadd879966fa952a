"""What was stopped last night, by which rule, is it growing, what do I do: by the page, and by the command alike."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import gate_history, gates, paths, pulls
from rekisteri.cli import app
from rekisteri.errors import QualityRefused, ResidencyRefused
from rekisteri.nights import ingest
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


def test_what_has_not_changed_counts_on_as_it_waits(shop: Shop) -> None:
    shop.client("1", label=None)
    shop.night()
    note(shop, [1])
    shop.night()
    found = gates.read(NIGHT + timedelta(days=3))
    assert found
    assert [(one.rule, one.refused, one.waiting, one.trend and one.trend.now) for one in found.rules] == [
        ("required:name", 1, 1, 1)
    ]
    assert [(one.state, one.night, one.trend.now) for one in found.sources] == [("not pulled", NIGHT, 1)]


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
    note(shop, [20], rule="vanished", level="pull", stopped=True, evaluated=20)
    ingest.give_up("shop", "stopped")
    page = browser.open("/gates")
    assert "1 stopped before the merge" in page.text
    assert "Shop: customer, vanished" in page.text
    assert "Found 20 of 20" in page.text
    assert explain("vanished").remedy in page.text
    assert page.links("/dags/ingest_shop/runs/stopped")
    assert "stopped: customer, vanished" in CliRunner().invoke(app, ["gates"]).stdout


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
