"""A transfer: let in on the consent of each, logged once, and undone when one takes it back."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from rekisteri import erasure, extraction, held_records, inspection, merging, quality
from rekisteri.nights import ingest
from rekisteri.residency import gate
from rekisteri.statements import load
from tests.pull.conftest import NIGHT, Shop

CRM_PULL = "00000000-0000-0000-0000-000000000077"
REFUSED = {("service", "100"): ["residency:delivered_from"]}


def consent(shop: Shop, *who: str) -> None:
    """Have people consent to London."""
    for name in who:
        shop.conn.execute("insert into consent values (%s, %s, 'GB', '1.1.2024')", (f"t{name}", name))


def logged(shop: Shop) -> list[Any]:
    """Return the transfer log."""
    return shop.warehouse.execute(
        "select entity, source_key, person_key, country, data_groups, consent_source || ' ' || consent_key, "
        "evidence_at <= transferred_at from register.transfer_log order by person_key"
    ).fetchall()


WANTED = [("service", "100", who, "GB", [6], f"shop t{who}", True) for who in ("Aino", "Eino")]


def test_from_refused_to_let_in_to_erased(consenting: Shop) -> None:
    shop = consenting
    consent(shop, "Aino")
    shop.night()
    assert (shop.refused(), logged(shop)) == (REFUSED, [])
    # The night that brings the second consent looks at what has changed; the next one looks again at what waits for it.
    consent(shop, "Eino")
    shop.night()
    shop.night()
    assert (shop.refused(), list(shop.held("service")), logged(shop)) == ({}, ["100"], WANTED)
    verdict = shop.warehouse.execute(
        "select numbers from audit.entry where kind = 'residency_verdict' and entity = 'service' "
        "order by seq desc limit 1"
    ).fetchone()
    assert verdict == ({"locations": 1, "outside": 1, "refused": 0, "consented": 1},)
    shop.night()
    shop.night(full=True)
    assert logged(shop) == WANTED
    # The source gives a consent other dates: what was let in then was let in on those that it had.
    shop.conn.execute("update consent set since = '2.2.2024' where human = 'Aino'")
    shop.night()
    dates = shop.warehouse.execute(
        "select logged.consent_from, consent.valid_from from register.transfer_log as logged "
        "inner join register.transfer_consent as consent on logged.consent_key = consent.source_key "
        "where logged.person_key = 'Aino'"
    ).fetchall()
    assert dates == [(date(2024, 1, 1), date(2024, 2, 2))]
    # A record that has changed is a transfer of its own.
    shop.conn.execute("update line set what = 'varmistus'")
    shop.night()
    assert len(logged(shop)) == 4
    # Taken back before midnight: nothing was read again of the service, and it is due all the same.
    shop.conn.execute("update consent set taken_back = '2026-10-31 22:10:00' where human = 'Eino'")
    shop.night()
    plan = erasure.plan(shop.warehouse, NIGHT)
    due = shop.warehouse.execute(
        "select entity, source_key, action, rule, ground from register.erasure_item where action = 'erase'"
    ).fetchall()
    assert due == [("service", "100", "erase", "residency:delivered_from", "residency_outside")]
    assert shop.warehouse.execute("select source_key from register.due").fetchall() == [("100",)]
    assert list(shop.held("service")) == ["100"]
    # A change of it is refused now, and what is held stays until somebody has approved.
    shop.conn.execute("update line set what = 'muu'")
    shop.night()
    assert (shop.refused(), shop.held("service", "product")) == (REFUSED, {"100": ("varmistus",)})
    erasure.approve(shop.warehouse, plan.checksum, "dpo")
    erasure.erase(shop.warehouse, plan.checksum, NIGHT)
    assert (shop.held("service"), shop.refused()) == ({}, {})
    assert shop.warehouse.execute("select from register.misplaced").fetchall() == []
    assert erasure.verify(shop.warehouse, plan.checksum)["erased"] == 1
    assert len(logged(shop)) == 4
    # The log goes with the evidence: Eino's three years after he took it back, Aino's not before.
    for night, left in ((date(2029, 10, 31), {"Aino", "Eino"}), (date(2029, 11, 1), {"Aino"})):
        shop.warehouse.execute("update staging.pull set night = %s", (night,))
        later = erasure.plan(shop.warehouse, night)
        if later.needs_approval:
            erasure.approve(shop.warehouse, later.checksum, "dpo")
        erasure.erase(shop.warehouse, later.checksum, night)
        assert {row[2] for row in logged(shop)} == left
    erasure.verify(shop.warehouse, later.checksum)


def on_consent() -> list[tuple[str, int]]:
    """Return how many records lie in which country on consent, as the page on where data lives counts them."""
    with inspection.opened() as conn:
        found = inspection.rows(
            conn, "held_on_consent", {"held_records": held_records.relation(), "held_places": held_records.places()}
        )
    return [(row["country"], row["records"]) for row in found]


def test_what_lies_outside_on_consent_is_counted_until_it_comes_inside_or_goes(consenting: Shop) -> None:
    shop = consenting
    consent(shop, "Aino", "Eino")
    shop.line("101", "10", cloud="aws", region="eu-west-2")
    shop.night()
    shop.night()
    assert on_consent() == [("GB", 2)]
    shop.conn.execute("update line set what = 'varmistus'")
    shop.night()
    assert on_consent() == [("GB", 2)]
    # The log keeps that it was there, and the register holds it still.
    shop.conn.execute("update line set cloud = 'upcloud', region = 'fi-hel1' where no = '101'")
    shop.night()  # another pull of the same night
    assert set(shop.held("service")) == {"100", "101"}
    assert on_consent() == [("GB", 1)]
    shop.conn.execute("update consent set taken_back = '2026-10-31 22:10:00' where human = 'Eino'")
    shop.night("again", night=NIGHT + timedelta(days=1))
    erasure.plan(shop.warehouse, NIGHT + timedelta(days=1))
    assert on_consent() == []


def crm_read(conn: psycopg.Connection[Any], hours: int) -> None:
    """Say how long ago the CRM was read last."""
    conn.execute(
        "update staging.pull set started_at = now() - make_interval(hours => %s) where source = 'crm'", (hours,)
    )


def also_in_the_crm(shop: Shop) -> None:
    """Eino consents in the shop, Aino in the CRM, which was pulled as the run x."""
    from tests.register_rows import add

    shop.night()
    consent(shop, "Eino")
    add(shop.warehouse, "person", "77", full_name="Aino Koski", email="aino@koski.example")
    add(shop.warehouse, "transfer_consent", "t77", person_key="77", country="GB")
    shop.warehouse.execute(
        "insert into staging.pull (pull_id, source, night, run_id, rules_version, state) "
        "values (%(id)s, 'crm', %(night)s, 'x', 'x', 'recounted')",
        {"id": CRM_PULL, "night": NIGHT},
    )
    shop.warehouse.execute(
        "insert into staging.seen (source, entity, pull_id, shape, rows) values ('crm', 'transfer_consent', %s, '', 1)",
        (CRM_PULL,),
    )


def link(shop: Shop) -> None:
    """Say who is who, as after a merge."""
    found = shop.warehouse.execute("select pull_id from staging.pull where source = 'shop'").fetchone()
    ingest.link_subjects(found[0])  # type: ignore[index]


def test_evidence_of_another_source_counts_for_a_day(consenting: Shop) -> None:
    shop = consenting
    also_in_the_crm(shop)
    shop.night()
    crm_read(shop.warehouse, 1)
    shop.night()
    assert shop.refused() == REFUSED, "nobody has said yet that the two Ainos are one"
    link(shop)
    crm_read(shop.warehouse, 25)
    shop.night()
    assert shop.refused() == REFUSED, "the evidence is older than a day"
    crm_read(shop.warehouse, 23)
    shop.night()
    assert shop.refused() == {}
    assert {(row[2], row[5]) for row in logged(shop)} == {("77", "crm t77"), ("Eino", "shop tEino")}
    # The record is held: that the CRM is not read any more does not make its transfer wrong.
    crm_read(shop.warehouse, 100)
    assert erasure.plan(shop.warehouse, NIGHT).erase == 0


def test_a_pull_that_is_begun_again_makes_no_consent_younger(consenting: Shop) -> None:
    """It has confirmed nothing before what it reads is merged; then the consents are as old as its new start."""
    shop = consenting
    also_in_the_crm(shop)
    shop.night()
    link(shop)
    again = {
        "pull_id": uuid4(), "source": "crm", "night": NIGHT, "run_id": "x", "rules_version": "x", "full_asked": False,
        "accepted": [],
    }  # fmt: skip
    for hours in (25, 1):
        shop.warehouse.execute("update staging.pull set state = 'recounted' where source = 'crm'")
        crm_read(shop.warehouse, hours)
        begun = shop.warehouse.execute(load("pull/begin"), again).fetchone()
        assert begun is not None
        assert str(begun[0]) == CRM_PULL
        shop.night()
        assert (shop.refused(), logged(shop)) == (REFUSED, [])
    shop.warehouse.execute("update staging.pull set state = 'merged' where source = 'crm'")
    shop.night()
    assert shop.refused() == {}
    began = shop.warehouse.execute("select started_at from staging.pull where source = 'crm'").fetchone()
    evidence = "select evidence_at from register.transfer_log where consent_source = 'crm'"
    assert shop.warehouse.execute(evidence).fetchall() == [began]


def test_a_consent_taken_back_counts_though_its_row_goes_in_the_pull_that_is_judged(consenting: Shop) -> None:
    shop = consenting
    consent(shop, "Aino", "Eino")
    shop.night()
    shop.conn.execute("insert into consent select 'again', human, land, since, until from consent where no = 'tEino'")
    shop.conn.execute("update consent set taken_back = '2026-10-31 22:10:00' where no = 'tEino'")
    shop.night()
    assert erasure.plan(shop.warehouse, NIGHT).erase == 1
    # The source tidies up: what says no is gone, what says yes is still there, and the service has changed.
    shop.conn.execute("delete from consent where no = 'tEino'")
    shop.conn.execute("update line set what = 'varmistus'")
    shop.night()
    assert shop.refused() == REFUSED
    assert len(logged(shop)) == 2


def test_killed_in_the_merge_it_is_logged_by_the_next_try(consenting: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = consenting
    consent(shop, "Aino", "Eino")
    pull_id = ingest.open_pull("shop", NIGHT, "one")
    for step in (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations):
        step(pull_id)
    with monkeypatch.context() as broken:
        broken.setattr(merging, "_require_balance", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            merging.merge(pull_id)
    assert logged(shop) == []
    merging.merge(pull_id)
    merging.merge(pull_id)
    # Both consents came with the service they are for.
    assert logged(shop) == WANTED
