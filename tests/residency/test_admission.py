"""Each place is checked before it is used, and each verdict is in the evidence; a refusal leaves nothing written."""

import logging
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import audit, connections, paths, publication
from rekisteri.embedded import secrets
from rekisteri.errors import PolicyError, ResidencyRefused
from rekisteri.nights import erasing, ingest, publishing
from rekisteri.residency import admission
from tests.residency.conftest import Edit

NIGHT = date(2026, 11, 1)
WAREHOUSE = "warehouse:\n  processor: praecom\n  location: hml-1"
Verdicts = list[tuple[str, str | None, str | None, bool]]


def _verdicts(conn: psycopg.Connection[Any]) -> Verdicts:
    """Return kind, rule, source and verdict of each place that was checked, in order."""
    return conn.execute(
        "select kind::text, rule::text, source::text, (numbers ->> 'inside')::boolean from audit.entry "
        "where kind in ('processor_checked', 'store_checked', 'destination_checked') order by seq"
    ).fetchall()  # type: ignore[return-value]


def _pulls(conn: psycopg.Connection[Any]) -> int:
    return conn.execute("select count(*) from staging.pull").fetchone()[0]  # type: ignore[index,no-any-return]


@pytest.fixture
def hosts(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names of hosts by connection id, in place of what the secrets say."""
    named: dict[str, str] = {}
    real = connections.hosts
    monkeypatch.setattr(connections, "hosts", lambda conn_id: (named[conn_id],) if conn_id in named else real(conn_id))
    return named


def test_a_pull_is_admitted_with_a_verdict_on_each_place(warehouse: psycopg.Connection[Any]) -> None:
    ingest.open_pull("service_desk", NIGHT, "r")
    assert _verdicts(warehouse) == [
        ("store_checked", "warehouse", None, True),
        ("processor_checked", None, "service_desk", True),
        ("store_checked", "object_store", "service_desk", True),
    ]
    ingest.open_pull("crm", NIGHT, "r")
    assert _verdicts(warehouse)[3:] == [
        ("store_checked", "warehouse", None, True),
        ("processor_checked", None, "crm", True),
    ]


def test_nothing_is_pulled_into_a_warehouse_outside(warehouse: psycopg.Connection[Any], edit: Edit) -> None:
    edit("places.yaml", WAREHOUSE, WAREHOUSE.replace("hml-1", "GB"))
    with pytest.raises(
        ResidencyRefused, match=r"the warehouse at 'GB' .*places\.yaml:\d+\): GB → outside since 2020-02-01"
    ):
        ingest.open_pull("crm", NIGHT, "r")
    assert _verdicts(warehouse) == [("store_checked", "warehouse", None, False)]
    assert _pulls(warehouse) == 0
    # While the United Kingdom was a member state it could have been there.
    edit("processors.yaml", "[praecom hml-1, praecom tre-1]", "[praecom hml-1, GB]")
    with pytest.raises(ResidencyRefused, match="processor 'praecom'"):
        admission.admit_warehouse(warehouse, NIGHT)
    admission.admit_warehouse(warehouse, date(2020, 1, 31))


def test_a_warehouse_whose_hosts_name_contradicts_its_place_is_not_written_to(
    warehouse: psycopg.Connection[Any], hosts: dict[str, str]
) -> None:
    hosts["warehouse"] = "w.abc.us-east-1.rds.amazonaws.com"
    with pytest.raises(
        ResidencyRefused, match=r"the warehouse .*places\.yaml:\d+\), but its host's name is one of aws"
    ):
        ingest.open_pull("crm", NIGHT, "r")
    assert _pulls(warehouse) == 0


def test_a_source_whose_hosts_name_contradicts_its_place_is_not_contacted(
    warehouse: psycopg.Connection[Any], hosts: dict[str, str]
) -> None:
    hosts["crm"] = "crm.abc.eu-west-2.rds.amazonaws.com"
    with pytest.raises(
        ResidencyRefused, match=r"source 'crm' .*sources\.yaml:\d+\), but .* aws eu-west-2 .* GB"
    ) as refused:
        ingest.open_pull("crm", NIGHT, "r")
    assert "crm.abc" not in str(refused.value)
    assert _verdicts(warehouse)[-1] == ("processor_checked", None, "crm", False)
    hosts["crm"] = "crm.abc.eu-central-1.rds.amazonaws.com"
    ingest.open_pull("crm", NIGHT, "again")
    assert _verdicts(warehouse)[-1] == ("processor_checked", None, "crm", True)


def test_the_connections_own_host_is_what_is_looked_at(home: Path) -> None:
    before = secrets.read(home, "connections.json")
    try:
        uri = "postgresql://reader:geheim@a.eu-west-2.rds.amazonaws.com,b.example.fi:5432/crm?hostaddr=10.0.0.1"
        secrets.write(home, "connections.json", before | {"crm": uri})
        assert connections.hosts("crm") == ("a.eu-west-2.rds.amazonaws.com", "b.example.fi", "10.0.0.1")
        with pytest.raises(ResidencyRefused, match="aws eu-west-2") as refused:
            admission.check_source("crm", NIGHT)
        assert "geheim" not in str(refused.value)
        from rekisteri.cli import checks

        assert any("source 'crm'" in one and "aws eu-west-2" in one for one in checks.findings(NIGHT))
    finally:
        secrets.write(home, "connections.json", before)


def test_a_pull_is_refused_by_its_object_store(warehouse: psycopg.Connection[Any], edit: Edit) -> None:
    edit("places.yaml", "    location: eu-north-1", "    location: eu-west-2")
    with pytest.raises(ResidencyRefused, match="object store of source 'service_desk' at 'eu-west-2'"):
        ingest.open_pull("service_desk", NIGHT, "r")
    assert _verdicts(warehouse)[-1] == ("store_checked", "object_store", "service_desk", False)
    assert warehouse.execute("select state from staging.pull").fetchall() == [("started",)]
    admission.admit_object_store(warehouse, "crm", NIGHT)
    assert len(_verdicts(warehouse)) == 3, "a source without one needs no verdict"


def _merged(conn: psycopg.Connection[Any]) -> None:
    """Let there be a night: a pull that came to its end."""
    pull_id = ingest.open_pull("crm", NIGHT, "r")
    conn.execute("update staging.pull set state = 'recounted', night = %s where pull_id = %s", (NIGHT, pull_id))


def test_nothing_is_published_to_a_place_outside(warehouse: psycopg.Connection[Any], edit: Edit) -> None:
    _merged(warehouse)
    assert publishing.publish() == {"persons": 0, "contracts": 0, "cases": 0}
    assert _verdicts(warehouse)[2:] == [
        ("store_checked", "warehouse", None, True),
        ("destination_checked", "analyst_tables", None, True),
    ]
    edit("places.yaml", "  analyst_tables:                  # what", "  analysts:                        # what")
    with pytest.raises(ResidencyRefused, match="destination 'analyst_tables' is not declared, so it is outside"):
        publication.publish(warehouse, NIGHT)
    assert _verdicts(warehouse)[-1] == ("destination_checked", "analyst_tables", None, False)
    assert warehouse.execute("select max(version) from analytics.publication").fetchone() == (1,)


def test_nothing_is_published_erased_or_given_a_pseudonym_in_a_warehouse_outside(
    warehouse: psycopg.Connection[Any], edit: Edit
) -> None:
    _merged(warehouse)
    edit("places.yaml", WAREHOUSE, WAREHOUSE.replace("hml-1", "US"))
    for step in (publishing.publish, publishing.give_pseudonyms, lambda: erasing.erase("ab" * 32)):
        with pytest.raises(ResidencyRefused, match="the warehouse at 'US'"):
            step()
    assert _verdicts(warehouse)[2:] == [("store_checked", "warehouse", None, False)] * 3


def test_an_object_store_outside_is_told_at_an_erasure_and_does_not_hold_it_back(
    warehouse: psycopg.Connection[Any], edit: Edit
) -> None:
    _merged(warehouse)
    edit("places.yaml", "    location: eu-north-1", "    location: eu-west-2")
    with pytest.raises(Exception, match="plan") as raised:
        erasing.erase("ab" * 32)
    assert not isinstance(raised.value, ResidencyRefused)
    assert _verdicts(warehouse)[-1] == ("store_checked", "object_store", "service_desk", False)


@pytest.mark.parametrize("name", ["access_packages", "analyst_tables", "mails"])
def test_a_declared_destination_is_admitted_and_an_undeclared_one_is_not(
    warehouse: psycopg.Connection[Any], name: str
) -> None:
    admission.admit_destination(warehouse, name, NIGHT)
    with pytest.raises(ResidencyRefused, match="destination 'ftp_drop' is not declared"):
        admission.admit_destination(warehouse, "ftp_drop", NIGHT)
    assert _verdicts(warehouse) == [
        ("destination_checked", name, None, True),
        ("destination_checked", "ftp_drop", None, False),
    ]


def test_an_erasure_order_goes_only_to_a_source_inside(
    warehouse: psycopg.Connection[Any], edit: Edit, hosts: dict[str, str]
) -> None:
    admission.admit_erasure_order(warehouse, "billing", NIGHT)
    hosts["billing"] = "billing.eu-west-2.compute.amazonaws.com"
    with pytest.raises(ResidencyRefused, match="aws eu-west-2"):
        admission.admit_erasure_order(warehouse, "billing", NIGHT)
    edit("processors.yaml", "access: [FI, EE]", "access: [FI, US]")
    with pytest.raises(ResidencyRefused, match="laskuri access 'US'"):
        admission.admit_erasure_order(warehouse, "billing", NIGHT)
    with pytest.raises(PolicyError, match="no source 'nobody'"):
        admission.admit_erasure_order(warehouse, "nobody", NIGHT)
    assert [(rule, source, inside) for _, rule, source, inside in _verdicts(warehouse)] == [
        ("erasure_order", "billing", True),
        ("erasure_order", "billing", False),
        ("erasure_order", "billing", False),
        ("erasure_order", "nobody", False),
    ]


def test_mail_goes_only_by_a_server_that_does_not_contradict_its_place(warehouse: psycopg.Connection[Any]) -> None:
    admission.admit_mail("mail.praecom.fi", NIGHT)
    with pytest.raises(ResidencyRefused, match="is one of aws, not of praecom"):
        admission.admit_mail("email-smtp.us-east-1.amazonaws.com", NIGHT)
    assert _verdicts(warehouse) == [
        ("destination_checked", "mails", None, True),
        ("destination_checked", "mails", None, False),
    ]


def test_mail_is_judged_where_the_warehouse_is_down_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REKISTERI_HOME", str(tmp_path))
    secrets.write(tmp_path, "connections.json", {"warehouse": "postgresql://x:geheim@127.0.0.1:9/warehouse"})
    with caplog.at_level(logging.WARNING):
        admission.admit_mail("mail.praecom.fi", NIGHT)
    assert "the verdict on destination mails is not in the audit (SourceDown)" in caplog.text
    with pytest.raises(ResidencyRefused):
        admission.admit_mail("email-smtp.us-east-1.amazonaws.com", NIGHT)


@pytest.mark.parametrize("file", ["places.yaml", "processors.yaml", "residency.yaml", "eu_eea.csv"])
def test_an_unreadable_policy_admits_nothing(warehouse: psycopg.Connection[Any], policy: Path, file: str) -> None:
    (paths.POLICY / file).write_text("{", encoding="utf-8")
    for admit in (
        lambda: admission.admit_warehouse(warehouse, NIGHT),
        lambda: admission.admit_destination(warehouse, "mails", NIGHT),
        lambda: admission.admit_object_store(warehouse, "service_desk", NIGHT),
    ):
        with pytest.raises(PolicyError, match=file.replace(".", r"\.")):
            admit()
    assert {inside for *_, inside in _verdicts(warehouse)} == {False}


def test_the_verdicts_are_part_of_the_chain(warehouse: psycopg.Connection[Any]) -> None:
    admission.admit_warehouse(warehouse, NIGHT)
    admission.admit_destination(warehouse, "mails", NIGHT)
    audit.keep_head(warehouse)
    assert audit.verify(warehouse).intact
