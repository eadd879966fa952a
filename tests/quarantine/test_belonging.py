"""Which quarantined rows are a subject's: an erasure reaches them, and an access export can ask for them."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from rekisteri import erasure, paths, subjects
from rekisteri.quarantine import belonging
from tests.register_rows import LONG_AGO, NIGHT, add, add_contact, add_customer

Connection = psycopg.Connection[Any]
Waits = Callable[..., int]


@pytest.fixture
def waits(warehouse: Connection) -> Waits:
    """Puts a row into quarantine and returns its number."""

    def put(entity: str, key: str | None, source: str = "crm", on: date = NIGHT, **row: str | None) -> int:
        found = warehouse.execute(
            "insert into quarantine.row (source, entity, source_key, content_hash, gate, rules, first_pull, last_pull, "
            "first_refused_on, expires_on, row) values (%s, %s, %s, 'x', 'quality', '{format:x}', %s, %s, %s, "
            "%s::date + 30, %s) returning quarantine_id",
            (source, entity, key, UUID(int=7), UUID(int=7), on, on, json.dumps({"source_key": key} | row)),
        ).fetchone()
        assert found is not None
        return int(found[0])

    return put


def of(conn: Connection, *record: str) -> dict[int, str]:
    return {row.quarantine_id: row.because for row in belonging.of_subject(conn, *record)}


def test_a_subjects_rows_are_found_by_key_reference_and_identifier(warehouse: Connection, waits: Waits) -> None:
    add_customer(warehouse, "A", None, y_tunnus="2108420-7", email="maija@firma.example")
    add_customer(warehouse, "A2", None, source="billing", y_tunnus="2108420-7")
    add_contact(warehouse, "p", "A", email="matti@firma.example", phone="+358119000002")
    add_customer(warehouse, "B", None, y_tunnus="0112038-9", email="info@muu.example")
    subjects.link(warehouse, NIGHT)
    mine = {
        waits("customer", "A", name=None): "own_key",
        waits("customer", "A2", source="billing", name="Koivu Oy"): "own_key",
        waits("order", "o", customer_key="A"): "refers_to",
        waits("order", None, customer_key="A"): "refers_to",
        waits("service", "s", contract_key="A-c"): "refers_to",
        waits("contract", "new", customer_key="A"): "refers_to",
        waits("service", "of new", contract_key="new"): "refers_to",
        waits("customer", "other key", source="service_desk", y_tunnus="FI21084207"): "identifier",
        waits("customer", "again", email=" Maija@FIRMA.example"): "identifier",
        waits("order", "of again", customer_key="again"): "refers_to",
        waits("contact_role", "r", person_key="p", customer_key="A"): "refers_to",
    }
    theirs = {
        waits("customer", "B", email="toinen@firma.example"): "own_key",
        waits("order", "theirs", customer_key="B"): "refers_to",
        waits("billing_profile", "b", customer_key="B", email="maija@firma.example"): "refers_to",
    }
    waits("customer", "bad", email="maija@firma.example, muu@x")
    waits("order", "elsewhere", source="billing", customer_key="A")
    waits("prospect", "works there", y_tunnus="2108420-7")
    assert of(warehouse, "crm", "customer", "A") == mine
    assert of(warehouse, "billing", "customer", "A2") == mine
    assert of(warehouse, "crm", "customer", "B") == theirs
    assert of(warehouse, "crm", "person", "p") == {max(mine): "refers_to"}


def test_a_person_is_found_by_phone_and_a_shared_mailbox_finds_nobody(warehouse: Connection, waits: Waits) -> None:
    add_customer(warehouse, "A", None, email="info@firma.example")
    add_contact(warehouse, "p", "A", phone="+358119000002", email="info@firma.example")
    subjects.link(warehouse, NIGHT)
    found = waits("person", "q", source="service_desk", phone="011 900 0002")
    waits("person", "r", source="service_desk", email="info@firma.example")
    assert of(warehouse, "crm", "person", "p") in ({found: "identifier"}, {})
    warehouse.execute("update register.person set email = null")
    subjects.link(warehouse, NIGHT)
    assert of(warehouse, "crm", "person", "p") == {found: "identifier"}


def test_a_phone_is_read_as_its_own_source_reads_it(
    warehouse: Connection, waits: Waits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(paths.POLICY, tmp_path / "policy")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "policy")
    text = (tmp_path / "policy" / "sources.yaml").read_text(encoding="utf-8")
    crm, rest = text.split("  service_desk:")
    text = crm.replace("phone_country: FI", "phone_country: DE") + "  service_desk:" + rest
    (tmp_path / "policy" / "sources.yaml").write_text(text.replace("phone_country: FI", ""), encoding="utf-8")
    add_contact(warehouse, "p", "A", phone="+49300074321")
    subjects.link(warehouse, NIGHT)
    found = {
        waits("person", "q", phone="030-0074321"): "identifier",
        waits("person", "r", source="service_desk", phone="DE: 030 007 4321"): "identifier",
        waits("person", "s", source="taken_out", phone="0049 30 007 4321"): "identifier",
        # What a source that is gone meant, nobody can say: what could be theirs is not passed over.
        waits("person", "u", source="taken_out", phone="030-0074321"): "identifier",
    }
    waits("person", "t", source="service_desk", phone="030-0074321")
    assert of(warehouse, "crm", "person", "p") == found


def test_who_is_only_in_quarantine_is_found_by_the_own_row(warehouse: Connection, waits: Waits) -> None:
    own = waits("person", "p", email="uusi@firma.example")
    same = waits("prospect", "x", email="Uusi@firma.example")
    waits("person", "y", email="joku@firma.example")
    assert of(warehouse, "crm", "person", "p") == {own: "own_key", same: "identifier"}
    assert of(warehouse, "crm", "person", "nobody") == {}
    assert warehouse.execute("select to_regclass('staging.quarantine_identifier')").fetchone() == (None,)


def test_a_row_whose_time_is_over_is_still_found_by_its_key(warehouse: Connection, waits: Waits) -> None:
    own = waits("person", "p", email="uusi@firma.example")
    warehouse.execute("update quarantine.row set row = null")
    assert of(warehouse, "crm", "person", "p") == {own: "own_key"}


def _erase(conn: Connection) -> erasure.Erasure:
    plan = erasure.plan(conn, NIGHT)
    erasure.approve(conn, plan.checksum, "dpo1")
    return erasure.erase(conn, plan.checksum, NIGHT, {})


def test_an_erasure_reaches_every_row_that_is_the_subjects(warehouse: Connection, waits: Waits) -> None:
    add_customer(warehouse, "A", LONG_AGO, y_tunnus="2108420-7", email="maija@firma.example")
    add_contact(warehouse, "p", "A", email="matti@firma.example", phone="+358119000002")
    add_customer(warehouse, "B", None, y_tunnus="0112038-9", email="b@muu.example")
    add_contact(warehouse, "q", "B", full_name="Aino Laine", email="aino@muu.example")
    gone = {
        waits("customer", "A", name=None),
        waits("order", "o", customer_key="A"),
        waits("service", "s", contract_key="A-c"),
        waits("customer", "other key", source="service_desk", y_tunnus="FI21084207"),
        waits("case", "c", source="service_desk", customer_key="other key"),
        waits("message", "m", source="service_desk", case_key="c"),
        waits("person", "again", source="billing", email="MATTI@firma.example "),
        waits("person", None, source="billing", phone="011 900 0002"),
        waits("prospect", "lead", email="matti@firma.example"),
    }
    stays = {
        waits("customer", "B", email="b@muu.example", phone="x"),
        waits("order", "theirs", customer_key="B"),
        waits("person", "q", email="aino@muu.example"),
        # Whose record the register holds is somebody who stays.
        waits("customer", "B", y_tunnus="2108420-7"),
        waits("prospect", "works there", y_tunnus="2108420-7"),
    }
    warehouse.execute(
        "insert into quarantine.decision values ('crm', 'order', 'o', 'd', 'reject', '{x}', 'r', 'dpo', %s), "
        "('crm', 'order', 'theirs', 'd', 'reject', '{x}', 'r', 'dpo', %s)", (NIGHT, NIGHT),
    )  # fmt: skip
    done = _erase(warehouse)
    assert done.quarantine == len(gone)
    left = {row[0] for row in warehouse.execute("select quarantine_id from quarantine.row")}
    assert left == stays
    assert warehouse.execute("select source_key from quarantine.decision").fetchall() == [("theirs",)]
    tombstones = set(
        warehouse.execute(
            "select source, entity, source_key from vault.row_tombstone where cause = 'identifier'"
        ).fetchall()
    )
    assert tombstones == {
        ("service_desk", "customer", "other key"), ("billing", "person", "again"), ("crm", "prospect", "lead"),
    }  # fmt: skip


def test_identifiers_that_others_carry_reach_nobody(warehouse: Connection, waits: Waits) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_contact(warehouse, "p", "A", full_name="Matti Virtanen", email="tiimi@firma.example")
    add_customer(warehouse, "B", None)
    add_contact(warehouse, "q", "B", full_name="Aino Laine", email="tiimi@firma.example")
    stays = waits("person", "x", email="tiimi@firma.example")
    assert _erase(warehouse).quarantine == 0
    assert warehouse.execute("select quarantine_id from quarantine.row").fetchall() == [(stays,)]


def test_what_an_erasure_took_from_quarantine_is_read_and_kept_out_again(warehouse: Connection, waits: Waits) -> None:
    add_customer(warehouse, "A", LONG_AGO, email="maija@firma.example")
    add(warehouse, "customer", "old", "service_desk")
    waits("customer", None, source="service_desk", email="maija@firma.example")
    warehouse.execute(
        "insert into staging.seen (source, entity, pull_id, shape, rows) "
        "values ('service_desk', 'customer', %s, 's', 1)",
        (UUID(int=7),),
    )
    assert _erase(warehouse).quarantine == 1
    assert warehouse.execute("select count(*) from staging.seen").fetchone() == (0,)
