"""Northwind, Chinook and Pagila, full of countries, formats and gaps nobody here chose: whole nights on them."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from rekisteri import extracts, paths
from rekisteri.errors import SourceError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.nights import erasing, publishing
from rekisteri.onboarding import trial
from tests.foreign.conftest import HERE, Nights
from tests.foreign.systems import SOURCES, System


def cases(source: str) -> dict[tuple[str, str], list[str]]:
    """Return the refused rows that were looked at by hand: (entity, source key) to the rule, each with its why."""
    found: dict[tuple[str, str], list[str]] = {}
    for case in yaml.safe_load((HERE / "cases" / f"{source}.yaml").read_text(encoding="utf-8")):
        assert case["why"].strip()
        for key in case["keys"]:
            found.setdefault((case["entity"], str(key)), []).append(case["rule"])
    return found


def test_the_night_refuses_what_was_looked_at_and_merges_all_else(
    nights: Nights, northwind: System, chinook: System, pagila: System
) -> None:
    assert extracts.check() == []
    for source in SOURCES:
        # Every entity of these systems but rentals and payments is shorter than what a trial reads.
        tried = {one.entity: one for one in trial.run(source, rows=20_000, keys=1000).entities}
        books = nights.pull(source)
        refused = nights.refused(source)
        assert refused == cases(source)
        for entity, book in books.items():
            waiting = sum(1 for one, _ in refused if one == entity)
            assert book["read"] == book["merged"] + waiting > 0, (source, entity)
            assert (book["unchanged"], book["suppressed"], book["balanced"]) == (0, 0, True)
            assert (tried[entity].read, tried[entity].merged) == (book["read"], book["merged"])
        assert {(one.entity, key) for one in tried.values() for r in one.refusals for key in r.keys} == set(refused)
    held = {source: nights.held(source) for source in SOURCES}
    for source in SOURCES:
        for entity, book in nights.pull(source).items():
            assert book["merged"] == 0, (source, entity)
            seen = book["unchanged"] + book["quarantined"] + book["skipped"] + book["waiting"]
            assert seen >= len([1 for one, _ in held[source] if one == entity]), (source, entity)
        assert nights.refused(source) == cases(source)
        assert nights.held(source) == held[source]
    _then_plan_and_publish(nights, held)


def _then_plan_and_publish(nights: Nights, held: dict[str, Any]) -> None:
    plan = erasing.plan_erasure()
    # Pagila's receipts are of 2007: the books have needed none of them for years. Nobody told an end of anything else.
    receipts = [key for key in held["pagila"] if key[0] == "invoice"]
    assert (plan["erase"], plan["restrict"], plan["keep"]) == (len(receipts), 0, 0)
    subjects = nights.warehouse.execute("select count(distinct subject_id) from register.subject_link").fetchone()
    given = publishing.give_pseudonyms()
    assert subjects == (given,)
    assert 0 < publishing.publish()["persons"] <= given


def _columns(entity: str) -> list[str]:
    return list(pulled_columns(ENTITIES[entity]))


def test_values_take_the_form_that_their_countries_give_them(
    nights: Nights, northwind: System, chinook: System, pagila: System
) -> None:
    for source in SOURCES:
        nights.pull(source)

    held = {source: nights.held(source) for source in SOURCES}
    for source, entity, key, column, is_ in (
        ("northwind", "customer", "PARIS", "phone", "+33142342266"),  # (1) 42.34.22.66
        ("northwind", "customer", "BERGS", "phone", "+46921123465"),  # 0921-12 34 65
        ("northwind", "customer", "FRANS", "phone", "+390114988260"),  # Italy keeps its 0
        ("northwind", "address", "customer BERGS", "postal_code", "S-958 22"),
        ("northwind", "address", "customer HUNGO", "postal_code", None),  # Ireland had none
        ("northwind", "order", "10249", "value", "1863.40"),  # 9 x 18.6 and 40 x 42.4, in floating point
        ("chinook", "customer", "52", "phone", "+442077070707"),  # +44 020 7707 0707
        ("chinook", "customer", "56", "phone", "+541143114333"),  # +54 (0)11 4311 4333
        ("chinook", "customer", "49", "email", "stanisław.wójcik@wp.pl"),
        ("chinook", "customer", "16", "email", None),  # a company's: its contact person has it
        ("chinook", "person", "16", "email", "fharris@google.com"),
        ("chinook", "address", "44", "postal_code", "00530"),
        ("chinook", "invoice", "1", "issued_on", "2021-01-01"),
        ("chinook", "invoice", "1", "amount", "1.98"),
        ("pagila", "address", "1", "country", "JP"),
        ("pagila", "event", "1", "happened_at", "2005-05-24 22:53:30+00"),
        ("pagila", "event", "1", "summary", "rental, returned 2005-05-26"),
    ):
        assert held[source][entity, key][_columns(entity).index(column)] == is_, (source, entity, key, column)
    country = _columns("address").index("country")
    countries = {row[country] for (entity, _), row in held["pagila"].items() if entity == "address"}
    assert {"CD", "KP", "KR", "KZ", "RE", "TW", "VA", "VI"} <= countries


@pytest.mark.parametrize("source", SOURCES)
def test_a_column_that_the_source_lacks_is_named(source: str, nights: Nights, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(source)
    path = paths.SQL / "extract" / source / "customer.sql"
    path.write_text(path.read_text(encoding="utf-8").replace("    customer_id as", "    customer_number as"))
    with pytest.raises(SourceError, match=rf"extract/{source}/customer.sql: the source refuses it.*customer_number"):
        trial.run(source)


EDITS = {
    "northwind": (
        "update customers set contact_name = 'Greta Neumann' where customer_id = 'ALFKI'",
        "update customers set phone = '031 311 11 11' where customer_id = 'CHOPS'",
        "delete from orders where order_id = 10249",
        "delete from order_details where order_id = 10249",
        "insert into customers (customer_id, company_name, contact_name, address, city, country) "
        "values ('UUSIA', 'Uusi Asiakas Oy', 'Aino Salo', 'Torikatu 1', 'Oulu', 'Finland')",
        "insert into orders (order_id, customer_id, order_date, ship_address, ship_city, ship_country) "
        "values (20000, 'UUSIA', '1998-05-07', 'Torikatu 1', 'Oulu', 'Finland')",
    ),
    "chinook": (
        "update customer set phone = '+45 33 31 99 91' where customer_id = 9",
        "update customer set company = 'Gruber KG' where customer_id = 7",
        "delete from invoice where invoice_id = 1",
        "insert into customer (customer_id, first_name, last_name, country) values (60, 'Aino', 'Salo', 'Finland')",
        "insert into invoice (invoice_id, customer_id, invoice_date, total) values (413, 60, '2025-12-24', 1.98)",
    ),
    "pagila": (
        "update country set country = 'Serbia' where country = 'Yugoslavia'",
        "update customer set last_name = 'SMYTHE' where customer_id = 1",
        "delete from rental where rental_id = 1",
        "insert into rental (rental_id, customer_id, rental_date) values (99999, 3, '2006-02-15 10:00:00')",
    ),
}
GONE = {
    "northwind": {("order", "10249")},
    "chinook": {("invoice", "1")},
    "pagila": {("event", "1")},
}
CAME = {
    "northwind": {("customer", "UUSIA"), ("order", "20000"), ("customer", "CHOPS"), ("address", "customer CHOPS")},
    "chinook": {("customer", "60"), ("invoice", "413"), ("customer", "9"), ("person", "7"), ("contact_role", "7")},
    "pagila": {("event", "99999"), ("address", "7"), ("address", "553")},
}
SPOILT = {
    "northwind": ("update customers set phone = 'none' where customer_id = 'BERGS'", ("customer", "BERGS")),
    "chinook": ("update customer set email = 'puja at yahoo.in' where customer_id = 59", ("customer", "59")),
    "pagila": ("update customer set email = 'nobody' where customer_id = 2", ("customer", "2")),
}


@pytest.mark.parametrize("source", SOURCES)
def test_edits_at_the_source_end_as_one_full_pull_would(
    source: str, nights: Nights, anew: Callable[[], Nights], request: pytest.FixtureRequest
) -> None:
    system: System = request.getfixturevalue(source)
    nights.pull(source)
    before = nights.held(source)
    for statement in EDITS[source]:
        system.run(statement)
    nights.pull(source)
    after, refused = nights.held(source), nights.refused(source)
    assert nights.vanished(source) == before.keys() - after.keys() == GONE[source]
    assert CAME[source] <= after.keys() - before.keys()
    assert refused.keys() < cases(source).keys()
    nights = anew()
    nights.pull(source)
    assert (nights.held(source), nights.refused(source)) == (after, refused)
    # A known row that is spoilt waits, and its last sound version stays.
    spoil, spoilt = SPOILT[source]
    system.run(spoil)
    nights.pull(source)
    assert nights.held(source) == after
    assert nights.refused(source).keys() == refused.keys() | {spoilt}
    nights.pull(source, full=True)
    assert nights.held(source) == after
    assert nights.refused(source).keys() == refused.keys() | {spoilt}
