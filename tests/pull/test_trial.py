"""A source is tried: the same verdicts as a night's, and nothing of it stays."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from rekisteri import extraction, merging, paths, quality, recount
from rekisteri.cli import app
from rekisteri.errors import PolicyError, QualityRefused, ResidencyRefused
from rekisteri.nights import ingest
from rekisteri.onboarding import trial
from rekisteri.onboarding.phones import Phones
from rekisteri.residency import gate
from tests.pull.conftest import NIGHT, Shop


def fill(shop: Shop) -> None:
    """Fill the shop with sound rows and one of each kind of refusal."""
    for no in ("1", "2", "3"):
        shop.client(no, tel=f"011 123 456{no}")
    shop.client("4", tel="soita joskus")
    shop.client("5", label=None, mail="x@")
    for _ in range(2):
        shop.client("6")
    shop.deal("10", "1")
    shop.deal("11", "4")
    shop.deal("12", "nobody")
    shop.line("100", "10", cloud="aws", region="eu-north-1")
    shop.line("101", "10", cloud="aws", region="eu-west-2")
    shop.line("102", "11")


def everything(shop: Shop) -> dict[str, Any]:
    """Return every table of the warehouse with what it holds."""
    tables = shop.warehouse.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables "
        "where schemaname in ('staging', 'quarantine', 'register', 'vault', 'audit') order by 1"
    ).fetchall()
    return {
        name: shop.warehouse.execute(f"select t::text from {name} as t order by 1").fetchall() for (name,) in tables
    }


def test_it_says_what_the_night_then_does_and_writes_nothing(shop: Shop) -> None:
    fill(shop)
    before = everything(shop)
    tried = trial.run("shop").entities
    assert everything(shop) == before
    books = shop.night()
    assert {one.entity: (one.read, one.merged, one.refused) for one in tried} == {
        entity: (book["read"], book["merged"], book["quarantined"]) for entity, book in books.items()
    }
    refused = {(one.entity, refusal.rule, key) for one in tried for refusal in one.refusals for key in refusal.keys}
    assert refused == {(e, rule, key) for (e, key), rules in shop.refused().items() for rule in rules}
    located = {one.entity: one.locations for one in tried}["service"]
    assert located == [gate.Located("delivered_from", 2, 1, 1, 0)]
    before = everything(shop)
    again = trial.run("shop").entities
    assert everything(shop) == before
    assert [(one.merged, one.unchanged, one.refused) for one in again] == [(0, 3, 4), (0, 1, 2), (0, 1, 2)]


def test_a_parent_beyond_the_rows_read_is_not_held_against_its_child(shop: Shop) -> None:
    for n in range(5):
        shop.client(str(n))
    shop.deal("10", "4")
    shop.deal("11", "0")
    customer, contract, _ = trial.run("shop", rows=3).entities
    assert (customer.read, contract.read) == (3, 2)
    assert (contract.merged, contract.refused, contract.unjudged) == (2, 0, 1)
    shop.deal("12", "nobody")
    _, contract, _ = trial.run("shop", rows=100).entities
    assert (contract.merged, contract.refused, contract.unjudged) == (2, 1, 0)


def test_a_child_of_a_refused_parent_within_the_rows_read_is_refused(shop: Shop) -> None:
    shop.client("1", label=None)
    shop.deal("10", "1")
    customer, contract, _ = trial.run("shop", rows=1).entities
    assert (customer.refused, contract.refused, contract.unjudged) == (1, 1, 0)


def test_phone_numbers_without_a_country_are_counted_and_their_fate_is_told(shop: Shop) -> None:
    shop.client("1", tel="030-0074321")
    shop.client("2", tel="030-0074321")
    shop.client("3", tel="+49 30 0074321")
    shop.client("4")
    (customer,) = (one for one in trial.run("shop").entities if one.entity == "customer")
    assert customer.phones == [Phones("phone", 3, 2, "FI")]
    policy = paths.POLICY / "sources.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("    phone_country: FI\n", ""), encoding="utf-8")
    told = CliRunner().invoke(app, ["source", "try", "shop"]).stdout
    assert "customer.phone: 2 of 3 values have no country, refused: " in told
    assert {r.rule: r.rows for r in trial.run("shop").entities[0].refusals} == {"format:phone": 2}
    shop.conn.execute("delete from client where tel = '030-0074321'")
    told = CliRunner().invoke(app, ["source", "try", "shop"]).stdout
    assert "customer.phone: each of 1 values says its country; one refused is no number there today" in told


def test_customers_of_whom_nothing_tells_when_they_are_over_are_told(shop: Shop) -> None:
    shop.client("1")
    unsaid = "shop brings customers and no contracts"
    assert unsaid not in CliRunner().invoke(app, ["source", "try", "shop"]).stdout
    for entity in ("contract", "service"):
        (paths.SQL / "extract" / "shop" / f"{entity}.sql").unlink()
    assert unsaid in CliRunner().invoke(app, ["source", "try", "shop"]).stdout


def test_a_pull_under_way_keeps_its_rows(shop: Shop) -> None:
    fill(shop)
    pull_id = ingest.open_pull("shop", NIGHT, "run")
    extraction.extract(pull_id)
    shop.conn.execute("delete from client")
    assert trial.run("shop").entities[0].read == 0
    for step in (ingest.conform, quality.check_quality, gate.check_locations, merging.merge, recount.recount):
        step(pull_id)
    assert shop.books(pull_id)["customer"]["read"] == 7


@pytest.mark.parametrize(
    ("was", "is_", "error"),
    [
        ("processor: palvelupiste", "processor: nobody", ResidencyRefused),
        ("location: FI", "location: GB", ResidencyRefused),
        ("title: Shop", "titel: Shop", PolicyError),
    ],
)
def test_what_is_not_declared_right_is_not_contacted(shop: Shop, was: str, is_: str, error: type[Exception]) -> None:
    policy = paths.POLICY / "sources.yaml"
    text = policy.read_text(encoding="utf-8").replace("connection: demo_crm", "connection: there_is_none")
    policy.write_text(text.replace(was, is_), encoding="utf-8")
    with pytest.raises(error):
        trial.run("shop")
    assert CliRunner().invoke(app, ["source", "try", "shop"]).exit_code == 1


def test_people_and_machines_get_counts_and_keys_and_no_value(shop: Shop) -> None:
    fill(shop)
    shop.client("7", label="Väinö Salaperäinen", tel="ei numeroa", mail="salainen@")
    people = CliRunner().invoke(app, ["source", "try", "shop", "--keys", "1"])
    assert people.exit_code == 0
    for told in ("Nothing was written.", "format:phone", "4 ...", "2 locations, 1 outside the EU/EEA"):
        assert told in people.stdout
    machines = CliRunner().invoke(app, ["source", "try", "shop", "--entity", "customer", "--json"])
    found = json.loads(machines.stdout)
    assert [one["entity"] for one in found["entities"]] == ["customer"]
    assert {r["rule"]: r["keys"] for r in found["entities"][0]["refusals"]}["format:phone"] == ["4", "7"]
    for value in ("Salaperäinen", "ei numeroa", "salainen", "soita"):
        assert value not in people.output + machines.output
    assert CliRunner().invoke(app, ["source", "try", "shop", "--entity", "person"]).exit_code == 1


EXPECTED = """expectations:
  customer:
    - type: expect_column_values_to_not_match_regex
      name: no_tests
      kwargs: {column: name, regex: '(?i)testi'}
      severity: critical
      consequence: row
      why: Who tests the shop is no customer of it.
    - type: expect_column_values_to_not_be_null
      kwargs: {column: phone, mostly: 0.5}
      severity: critical
      consequence: pull
      fewest_rows: 4
      why: Most clients have a phone; else the extract is broken.
    - type: expect_table_row_count_to_be_between
      kwargs: {max_value: 4}
      severity: warning
      consequence: pull
      why: So many clients never come in one night.
    - type: expect_column_values_to_not_be_null
      kwargs: {column: email}
      severity: info
      consequence: note
      why: Whoever has no address cannot be written to.
"""


def _expect(shop: Shop) -> None:
    (paths.EXPECTATIONS / "shop.yaml").write_text(EXPECTED, encoding="utf-8")
    for no in ("1", "2", "3"):
        shop.client(no)
    shop.client("4", label="Testi Testinen")


def test_the_rows_that_an_expectation_refuses_are_those_of_the_night(shop: Shop) -> None:
    _expect(shop)
    shop.client("5", label=None, tel="011 123 4567")
    shop.deal("10", "4")
    before = everything(shop)
    customer, contract, _ = trial.run("shop").entities
    assert everything(shop) == before
    wanted = {refusal.rule: (refusal.keys, refusal.wanted) for refusal in customer.refusals}
    assert wanted["expects:no_tests"] == (["4"], "Who tests the shop is no customer of it.")
    assert set(wanted) == {"expects:no_tests", "required:name"}
    assert [refusal.keys for refusal in contract.refusals] == [["10"]]
    accepted = ["expects:not_be_null.phone", "expects:table_row_count_to_be_between"]
    books = shop.night(accepted=accepted)["customer"]
    assert (customer.merged, customer.refused) == (books["merged"], books["quarantined"]) == (3, 2)


def test_what_would_stop_the_pull_is_told_as_the_night_tells_it(shop: Shop) -> None:
    _expect(shop)
    (customer, *_) = trial.run("shop", rows=3).entities
    # Three rows are fewer than fewest_rows, and than are too many.
    assert (customer.pull_rules, customer.stops) == (2, [])
    shop.client("5")
    before = everything(shop)
    (customer, *others) = trial.run("shop").entities
    assert everything(shop) == before
    assert [one.stops for one in others] == [[], []]
    assert [why.partition(": ")[2] for why in customer.stops] == [
        "5 of 5 rows break it (100.00%), at most 50.00% may",
        "over 5 rows found 5, where expect_table_row_count_to_be_between asks for max_value 4",
    ]
    with pytest.raises(QualityRefused) as stopped:
        shop.night()
    for why in customer.stops:
        assert why in str(stopped.value)
        assert "expects:" in why
        assert "shop.yaml:" in why
    said = CliRunner().invoke(app, ["source", "try", "shop"]).stdout
    assert "Would stop the pull: shop.customer, rule expects:not_be_null.phone" in said.replace("\n", " ")
    assert "1000 at most of each entity" in said.replace("\n", " ")
    assert "Testinen" not in said
    elsewhere = CliRunner().invoke(app, ["source", "try", "shop", "--entity", "contract"]).stdout
    assert "stop the pull" not in elsewhere
    assert "whole pull" not in elsewhere
