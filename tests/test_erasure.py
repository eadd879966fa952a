"""Erasure: nothing without its approval, all of it with, the same again, and proof by looking."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from rekisteri import connections, erasure, holds, pseudonyms
from rekisteri.erasure import erasing
from rekisteri.errors import ErasureRefused, WarehouseError
from rekisteri.model import ENTITIES
from tests.register_rows import LONG_AGO, NIGHT, add, add_contact, add_customer, held

Connection = psycopg.Connection[Any]
EVENING = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """An object store with two recordings."""
    folder = tmp_path / "store"
    (folder / "2025").mkdir(parents=True)
    for name in ("a.wav", "b.wav"):
        (folder / "2025" / name).write_bytes(b"sound")
    return folder


def _a_customer_who_left(conn: Connection) -> None:
    """Customer A is over, with a record of every entity; B goes on."""
    add_customer(conn, "A", LONG_AGO, y_tunnus="2108420-7", email="info@firma.example", phone="+358119000001")
    add_contact(conn, "p", "A", email="matti@firma.example", phone="+358119000002")
    add(conn, "user_account", "u", person_key="p", customer_key="A")
    add(conn, "marketing_permission", "m", person_key="p", allowed=False)
    add(conn, "transfer_consent", "t", person_key="p", valid_to=date(2020, 1, 1))
    for entity in ("address", "event", "feedback", "derived_profile", "billing_profile", "device", "order"):
        more = {
            "feedback": {"given_on": LONG_AGO}, "derived_profile": {"segment": "lost", "computed_on": LONG_AGO},
            "device": {"model": "x"}, "order": {"delivered_on": LONG_AGO},
        }.get(entity, {})  # fmt: skip
        add(conn, entity, entity, customer_key="A", **more)
    add(conn, "case", "c", customer_key="A", person_key="p", closed_at=EVENING)
    add(conn, "message", "msg", case_key="c", person_key="p")
    add(conn, "recording", "r", case_key="c", recorded_at=EVENING, media="2025/a.wav")
    old = {"issued_on": date(2019, 1, 1), "due_on": date(2019, 2, 1), "paid_on": date(2019, 2, 1)}
    add(conn, "invoice", "i", customer_key="A", **old)
    add(conn, "collection", "k", invoice_key="i", started_on=date(2019, 1, 1))
    add(conn, "prospect", "again", full_name="Aino Laine", noted_on=date(2020, 1, 1))
    add_customer(conn, "B", None, y_tunnus="0112038-9", email="b@other.example")
    add_contact(conn, "q", "B", full_name="Aino Laine", email="aino@other.example", phone="+358119000001")
    conn.execute(
        "insert into quarantine.row (source, entity, source_key, content_hash, gate, rules, first_pull, last_pull, "
        "first_refused_on, expires_on, row) select 'crm', 'customer', key, 'x', 'quality', '{x}', %(id)s, %(id)s, "
        "%(n)s, %(n)s, '{}' from unnest(array['A', 'B']) as key", {"id": UUID(int=7), "n": NIGHT}
    )  # fmt: skip


def _approved(conn: Connection, night: date = NIGHT) -> erasure.PlanSummary:
    plan = erasure.plan(conn, night)
    erasure.approve(conn, plan.checksum, "dpo1")
    return plan


def _state(conn: Connection) -> dict[str, Any]:
    """Everything in the register and vault, but surrogate ids and times."""
    columns = {
        "row_tombstone": "source, entity, source_key, plan, cause, erased_on, review_on",
        "identifier_tombstone": "*", "marketing_prohibition": "*", "pseudonym": "domain, subject_id",
    }  # fmt: skip
    found = {f"vault.{t}": conn.execute(f"select {c} from vault.{t} order by 1, 2, 3" if t != "pseudonym" else
             f"select {c} from vault.{t} order by 1, 2").fetchall() for t, c in columns.items()}  # fmt: skip
    for entity in ENTITIES:
        found[entity] = conn.execute(
            f'select source, source_key, restricted_ground, restricted_until from register."{entity}" order by 1, 2'
        ).fetchall()
    found["plans"] = conn.execute(
        "select p.checksum, p.state, i.entity, i.source_key, i.done_on from register.erasure_plan as p "
        "left join register.erasure_item as i using (checksum) order by 1, 3, 4"
    ).fetchall()
    return found


def test_a_customer_who_left_is_gone_and_stays_gone(warehouse: Connection, store: Path) -> None:
    _a_customer_who_left(warehouse)
    plan = _approved(warehouse)
    pseudonyms.assign(warehouse)
    done = erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store})
    assert sum(done.erased.values()) == plan.erase == done.row_tombstones == 21
    assert set(done.erased) == set(ENTITIES)
    assert (done.media, done.quarantine, done.no_longer_due, done.waiting) == (1, 1, 0, 0)
    assert held(warehouse, "customer") == {"B"}
    assert held(warehouse, "person") == {"q"}
    assert not (store / "2025" / "a.wav").exists()
    assert (store / "2025" / "b.wav").exists()
    seen = erasure.verify(warehouse, plan.checksum, {"crm": store}, NIGHT)
    assert seen == {"erased": 21, "restricted": 0, "media": 1}
    left = warehouse.execute("select count(*) from vault.pseudonym").fetchone()
    assert left == warehouse.execute("select count(*) from register.subject").fetchone() == (2,)
    kinds = [row[0] for row in warehouse.execute("select kind from audit.entry order by seq")]
    assert kinds[-1] == "erasure_verified"
    assert {"plan_made", "plan_approved", "erased", "media_destroyed"} <= set(kinds)


def test_tombstones_hold_tokens_of_what_nobody_carries(warehouse: Connection, store: Path) -> None:
    _a_customer_who_left(warehouse)
    erasure.erase(warehouse, _approved(warehouse).checksum, NIGHT, {"crm": store})
    key = connections.secret("rekisteri_key_tombstone_v1")

    def token(format: str, value: str) -> bytes:
        return hmac.digest(key, f"{format}:{value}".encode(), hashlib.sha256)

    found = set(warehouse.execute("select format, token from vault.identifier_tombstone").fetchall())
    # Neither the shared mailbox info@ nor +358119000001, which a contact of B carries.
    assert found == {
        (format, token(format, value))
        for format, value in (
            ("y_tunnus", "2108420-7"), ("email", "matti@firma.example"), ("phone", "+358119000002")
        )
    }  # fmt: skip
    reviews = warehouse.execute("select distinct review_on from vault.row_tombstone").fetchall()
    assert reviews == [(date(2029, 11, 1),)]
    prohibited = warehouse.execute("select channel, token, noted_on from vault.marketing_prohibition").fetchall()
    assert prohibited == [("email", token("email", "matti@firma.example"), date(2024, 1, 1))]


def test_nothing_goes_without_its_approval(warehouse: Connection, store: Path) -> None:
    _a_customer_who_left(warehouse)
    plan = erasure.plan(warehouse, NIGHT)
    before = _state(warehouse)
    for checksum in (plan.checksum, "0" * 64):
        with pytest.raises(ErasureRefused):
            erasure.erase(warehouse, checksum, NIGHT, {"crm": store})
    # A state that says approved is not an approval: only the audit is.
    warehouse.execute("update register.erasure_plan set state = 'approved'")
    with pytest.raises(ErasureRefused, match="no approval"):
        erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store})
    warehouse.execute("update register.erasure_plan set state = 'waiting'")
    assert _state(warehouse) == before
    assert (store / "2025" / "a.wav").exists()


def test_a_rejection_stands(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    plan = _approved(warehouse)
    erasure.reject(warehouse, plan.checksum, "dpo1")
    with pytest.raises(ErasureRefused, match="rejected"):
        erasure.erase(warehouse, plan.checksum, NIGHT)
    with pytest.raises(ErasureRefused, match="cannot be approved"):
        erasure.approve(warehouse, plan.checksum, "dpo1")
    again = erasure.plan(warehouse, NIGHT + timedelta(days=1))
    assert (again.checksum, again.state, again.needs_approval) == (plan.checksum, "rejected", False)


def test_an_approval_names_its_staff(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    plan = erasure.plan(warehouse, NIGHT)
    with pytest.raises(ErasureRefused, match="staff"):
        erasure.approve(warehouse, plan.checksum, "")
    erasure.approve(warehouse, plan.checksum, "dpo1")
    erasure.approve(warehouse, plan.checksum, "dpo1")
    found = warehouse.execute("select staff, plan_checksum from audit.entry where kind = 'plan_approved'").fetchall()
    assert found == [("dpo1", plan.checksum)]
    assert erasure.approved(warehouse) == [plan.checksum]


def test_an_unchanged_night_asks_nothing_new(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    first = _approved(warehouse)
    again = erasure.plan(warehouse, NIGHT + timedelta(days=1))
    assert (again.checksum, again.opened, again.needs_approval) == (first.checksum, False, False)
    erasure.erase(warehouse, first.checksum, NIGHT + timedelta(days=1))
    assert held(warehouse, "customer") == set()
    empty = erasure.plan(warehouse, NIGHT + timedelta(days=2))
    assert (empty.erase, empty.needs_approval) == (0, False)
    assert erasure.erase(warehouse, empty.checksum, NIGHT + timedelta(days=2)) == erasure.Erasure()


def test_a_newer_plan_voids_one_that_waits(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    older = erasure.plan(warehouse, NIGHT)
    add_customer(warehouse, "B", LONG_AGO)
    newer = erasure.plan(warehouse, NIGHT)
    with pytest.raises(ErasureRefused, match="voided"):
        erasure.approve(warehouse, older.checksum, "dpo1")
    due = {row[0] for row in warehouse.execute("select source_key from register.due where entity = 'customer'")}
    assert due == {"A", "B"}
    warehouse.execute("delete from register.service where source_key = 'B-s'")
    warehouse.execute("delete from register.contract where source_key = 'B-c'")
    back = erasure.plan(warehouse, NIGHT)
    assert (back.checksum, back.opened, back.state) == (older.checksum, True, "waiting")
    assert newer.checksum != older.checksum


def test_an_approval_before_a_void_counts_no_more(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    plan = _approved(warehouse)
    warehouse.execute("update register.erasure_plan set state = 'voided'")
    assert erasure.plan(warehouse, NIGHT).opened
    with pytest.raises(ErasureRefused, match="no approval"):
        erasure.erase(warehouse, plan.checksum, NIGHT)


def test_a_changed_list_is_refused(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_customer(warehouse, "B", None)
    plan = _approved(warehouse)
    warehouse.execute("update register.erasure_item set source_key = 'B' where entity = 'customer'")
    with pytest.raises(ErasureRefused, match="not those that were approved"):
        erasure.erase(warehouse, plan.checksum, NIGHT)


def test_what_is_no_longer_due_stays(warehouse: Connection) -> None:
    for key in ("A", "B", "C"):
        add_customer(warehouse, key, LONG_AGO)
    plan = _approved(warehouse)
    add(warehouse, "order", "o", customer_key="A")
    hold = {"source": "crm", "entity": "customer", "reason": "claim", "staff": "dpo1", "held_from": NIGHT}
    holds.place(warehouse, "H", source_key="B", **hold)
    done = erasure.erase(warehouse, plan.checksum, NIGHT)
    assert held(warehouse, "customer") == {"A", "B"}
    assert (sum(done.erased.values()), done.no_longer_due) == (3, 6)


def test_a_subject_goes_whole_or_waits(warehouse: Connection) -> None:
    """A record that came after the approval holds its customer back: nobody approved it."""
    add_customer(warehouse, "A", LONG_AGO)
    plan = _approved(warehouse)
    add(warehouse, "event", "e", customer_key="A")
    done = erasure.erase(warehouse, plan.checksum, NIGHT)
    assert (done.erased, done.no_longer_due) == ({}, 3)
    erasure.erase(warehouse, _approved(warehouse).checksum, NIGHT)
    assert held(warehouse, "customer") == held(warehouse, "event") == set()


@pytest.mark.parametrize("state", ["extracted", "refused", "merged"])
def test_a_source_that_is_down_holds_back_its_own_only(warehouse: Connection, state: str) -> None:
    add_customer(warehouse, "A", LONG_AGO, y_tunnus="2108420-7")
    add_customer(warehouse, "A", LONG_AGO, "billing", y_tunnus="2108420-7")
    add_customer(warehouse, "B", LONG_AGO)
    pull = (
        "insert into staging.pull (pull_id, source, night, run_id, rules_version, state) "
        "values (%s, %s, %s, 'r', '1', %s)"
    )
    warehouse.execute(pull, (UUID(int=1), "crm", NIGHT, "recounted"))
    warehouse.execute(pull, (UUID(int=2), "billing", NIGHT, state))
    plan = _approved(warehouse)
    done = erasure.erase(warehouse, plan.checksum, NIGHT)
    assert (sum(done.erased.values()), done.waiting) == (3, 6)
    assert erasure.approved(warehouse) == [plan.checksum]
    warehouse.execute("update staging.pull set state = 'recounted'")
    assert sum(erasure.erase(warehouse, plan.checksum, NIGHT).erased.values()) == 6
    assert erasure.approved(warehouse) == []


def test_erased_twice_is_the_same(warehouse: Connection, store: Path) -> None:
    _a_customer_who_left(warehouse)
    plan = _approved(warehouse)
    erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store})
    before = _state(warehouse)
    assert erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store}) == erasure.Erasure()
    assert _state(warehouse) == before


STEPS = [(erasing.tombstones, "leave"), (erasing, "_destroy_media"), (erasing, "_rows"), (erasing.audit, "record_many")]


@pytest.mark.parametrize(("where", "step"), STEPS)
def test_killed_at_any_step_and_run_again_is_the_same(
    warehouse: Connection, store: Path, monkeypatch: pytest.MonkeyPatch, where: Any, step: str
) -> None:
    _a_customer_who_left(warehouse)
    plan = _approved(warehouse)
    before = _state(warehouse)
    done: Callable[..., Any] = getattr(where, step)

    def killed(*args: Any, **more: Any) -> None:
        done(*args, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(where, step, killed)
    with pytest.raises(KeyboardInterrupt):
        erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store})
    monkeypatch.undo()
    assert _state(warehouse) == before
    again = erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store})
    assert sum(again.erased.values()) == plan.erase
    erasure.verify(warehouse, plan.checksum, {"crm": store})


def test_what_the_books_need_is_restricted_and_its_end_comes(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO, email="matti@firma.example")
    paid = {"issued_on": date(2020, 1, 1), "due_on": date(2020, 2, 1), "paid_on": date(2020, 2, 1)}
    add(warehouse, "invoice", "i", customer_key="A", **paid)
    done = erasure.erase(warehouse, _approved(warehouse).checksum, NIGHT)
    assert (done.erased, done.restricted) == ({"contract": 1, "service": 1}, {"customer": 1, "invoice": 1})
    assert done.identifier_tombstones == 0
    found = warehouse.execute("select restricted_ground, restricted_until from register.customer").fetchone()
    assert found == ("voucher", date(2026, 12, 31))
    assert erasure.plan(warehouse, date(2026, 12, 31)).erase == 0
    plan = _approved(warehouse, date(2027, 1, 1))
    done = erasure.erase(warehouse, plan.checksum, date(2027, 1, 1))
    assert (done.erased, done.identifier_tombstones) == ({"invoice": 1, "customer": 1}, 1)
    assert erasure.verify(warehouse, plan.checksum) == {"erased": 2, "restricted": 0, "media": 0}


@pytest.mark.parametrize(
    "media", ["../outside.wav", "/etc/hostname", "2025", "", "2025/../../outside.wav", "link/x.wav"]
)
def test_media_outside_the_store_is_refused(warehouse: Connection, store: Path, media: str) -> None:
    outside = store.parent / "elsewhere"
    outside.mkdir()
    (outside / "x.wav").write_bytes(b"sound")
    (store.parent / "outside.wav").write_bytes(b"sound")
    (store / "link").symlink_to(outside)
    add_customer(warehouse, "A", None)
    add(warehouse, "case", "c", customer_key="A")
    add(warehouse, "recording", "good", case_key="c", recorded_at=EVENING, media="2025/a.wav")
    add(warehouse, "recording", "bad", case_key="c", recorded_at=EVENING, media=media)
    plan = _approved(warehouse)
    with pytest.raises(ErasureRefused, match="not a file in its object store") as refused:
        erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store})
    assert not media or media not in str(refused.value)
    assert held(warehouse, "recording") == {"good", "bad"}
    assert all(p.exists() for p in (outside / "x.wav", store.parent / "outside.wav", store / "2025" / "a.wav"))


def test_a_store_that_is_not_there_is_not_erased(warehouse: Connection, tmp_path: Path) -> None:
    add_customer(warehouse, "A", None)
    add(warehouse, "case", "c", customer_key="A")
    add(warehouse, "recording", "r", case_key="c", recorded_at=EVENING, media="a.wav")
    plan = _approved(warehouse)
    for stores in ({}, {"crm": tmp_path / "unmounted"}):
        with pytest.raises(ErasureRefused, match=r"object.store"):
            erasure.erase(warehouse, plan.checksum, NIGHT, stores)
    assert held(warehouse, "recording") == {"r"}


def test_media_that_another_recording_shares_stays(warehouse: Connection, store: Path) -> None:
    add_customer(warehouse, "A", None)
    add(warehouse, "case", "c", customer_key="A")
    add(warehouse, "recording", "old", case_key="c", recorded_at=EVENING, media="2025/a.wav")
    add(warehouse, "recording", "new", case_key="c", recorded_at=datetime(2026, 10, 1, tzinfo=UTC), media="2025/a.wav")
    done = erasure.erase(warehouse, _approved(warehouse).checksum, NIGHT, {"crm": store})
    assert (done.erased, done.media) == ({"recording": 1}, 0)
    assert (store / "2025" / "a.wav").exists()


def _back_in_register(conn: Connection, store: Path) -> None:
    add(conn, "customer", "A")


def _back_in_quarantine(conn: Connection, store: Path) -> None:
    conn.execute("update quarantine.row set source_key = 'A'")


def _tombstone_gone(conn: Connection, store: Path) -> None:
    conn.execute("delete from vault.row_tombstone where entity = 'message'")


def _media_back(conn: Connection, store: Path) -> None:
    (store / "2025" / "a.wav").write_bytes(b"sound")


def _pseudonym_back(conn: Connection, store: Path) -> None:
    conn.execute("insert into vault.pseudonym values ('analytics', 1, %s, 'p_x')", (UUID(int=1),))


@pytest.mark.parametrize(
    "fault", [_back_in_register, _back_in_quarantine, _tombstone_gone, _media_back, _pseudonym_back]
)
def test_no_certificate_for_what_is_still_there(
    warehouse: Connection, store: Path, fault: Callable[[Connection, Path], None]
) -> None:
    _a_customer_who_left(warehouse)
    plan = _approved(warehouse)
    with pytest.raises(ErasureRefused, match="was not erased"):
        erasure.verify(warehouse, plan.checksum, {"crm": store})
    erasure.erase(warehouse, plan.checksum, NIGHT, {"crm": store})
    fault(warehouse, store)
    with pytest.raises(ErasureRefused, match="still found"):
        erasure.verify(warehouse, plan.checksum, {"crm": store})
    found = warehouse.execute("select count(*) from audit.entry where kind = 'erasure_verified'").fetchone()
    assert found == (0,)


@pytest.fixture
def puller(admin: Connection) -> Iterator[Connection]:
    """A second process of the pipeline."""
    with connections.connect("warehouse", autocommit=True) as conn:
        yield conn


def test_a_pull_under_way_is_waited_for(warehouse: Connection, puller: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    plan = _approved(warehouse)
    puller.execute("select pg_advisory_lock(hashtextextended('rekisteri pull crm', 0))")
    warehouse.execute("set lock_timeout = '200ms'")
    with pytest.raises(WarehouseError, match="another process"):
        erasure.erase(warehouse, plan.checksum, NIGHT)
    assert held(warehouse, "customer") == {"A"}
