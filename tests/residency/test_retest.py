"""A retest of what waits for consent: it lets in and logs as a pull does, and confirms no consent by itself."""

from datetime import datetime
from typing import Any

from rekisteri import connections
from rekisteri.quarantine import deciding
from rekisteri.quarantine.retesting import retest
from tests.pull.conftest import NIGHT, Shop
from tests.residency.test_transfers import REFUSED, WANTED, also_in_the_crm, consent, crm_read, link, logged


def _read(shop: Shop, hours: int) -> tuple[Any, datetime]:
    """Say how long ago the shop was read last; return that pull and when it began."""
    shop.warehouse.execute(
        "update staging.pull as read set started_at = now() - make_interval(hours => %s, mins => "
        "(select count(*)::int from staging.pull as later where later.changed_at > read.changed_at)) "
        "where source = 'shop'",
        (hours,),
    )
    found = shop.warehouse.execute(
        "select pull_id, started_at from staging.pull where source = 'shop' order by changed_at desc limit 1"
    ).fetchone()
    assert found is not None
    return found


def _evidence(shop: Shop) -> list[Any]:
    found = "select distinct pull_id, evidence_at from register.transfer_log where consent_source = 'shop'"
    return shop.warehouse.execute(found).fetchall()


def _waits(shop: Shop) -> None:
    """Both consents are there, one in the CRM, and by now it is known whose that is: nobody has looked again."""
    also_in_the_crm(shop)
    shop.night()
    link(shop)
    crm_read(shop.warehouse, 3)
    assert (shop.refused(), logged(shop)) == (REFUSED, [])


BOTH = [
    ("service", "100", "77", "GB", [6], "crm t77", True), ("service", "100", "Eino", "GB", [6], "shop tEino", True),
]  # fmt: skip


def test_what_a_retest_lets_in_on_consent_is_in_the_transfer_log(consenting: Shop) -> None:
    shop = consenting
    _waits(shop)
    newest = _read(shop, 2)
    assert retest("shop", NIGHT).released == 1
    assert (shop.refused(), list(shop.held("service")), logged(shop)) == ({}, ["100"], BOTH)
    assert _evidence(shop) == [newest]
    assert retest("shop", NIGHT).looked_at == 0
    shop.night(full=True)
    assert (logged(shop), _evidence(shop)) == (BOTH, [newest])


def test_a_retest_confirms_no_consent(consenting: Shop) -> None:
    shop = consenting
    _waits(shop)
    _read(shop, 25)
    assert retest("shop", NIGHT).released == 0
    assert (shop.refused(), logged(shop)) == (REFUSED, [])
    read = _read(shop, 23)
    assert retest("shop", NIGHT).released == 1
    assert _evidence(shop) == [read]


def test_a_consent_that_a_retest_lets_in_is_as_old_as_the_pull_that_read_it(consenting: Shop) -> None:
    shop = consenting
    consent(shop, "Aino")
    shop.conn.execute("insert into consent values ('tEino', 'Eino', 'GB', '1.1.2024', null, '2999-01-01 00:00:00')")
    shop.night()
    waits = {("transfer_consent", "tEino"): ["future:withdrawn_at"]}
    assert shop.refused() == REFUSED | waits
    number = "select quarantine_id from quarantine.row where source_key = 'tEino'"
    with connections.connect("warehouse_dpo", autocommit=True) as officer:
        found = officer.execute(number).fetchone()
        assert found is not None
        deciding.release(officer, found[0], reason="as_agreed", staff="dpo", decided_on=NIGHT)
    _read(shop, 25)
    assert retest("shop", NIGHT).released == 1
    assert (shop.refused(), set(shop.held("transfer_consent"))) == (REFUSED, {"tAino", "tEino"})
    read = _read(shop, 23)
    assert retest("shop", NIGHT).released == 1
    assert (shop.refused(), logged(shop), _evidence(shop)) == ({}, WANTED, [read])
