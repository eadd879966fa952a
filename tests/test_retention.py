"""How long: each rule at its day and on the day before, and what keeps a record beside it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rekisteri import controller, erasure, holds, paths, retention_policy
from rekisteri.errors import ErasureRefused, PolicyError
from rekisteri.policy import load_policy
from tests.register_rows import LONG_AGO, NIGHT, PULL, add, add_contact, add_customer

Connection = psycopg.Connection[Any]
Items = dict[str, tuple[str, str, str, date | None]]


def _items(conn: Connection, night: date = NIGHT) -> Items:
    """Plan a night; return ``entity.key`` to action, rule, ground and until."""
    plan = erasure.plan(conn, night)
    rows = conn.execute(
        "select entity || '.' || source_key, action, rule, ground, until from register.erasure_item "
        "where checksum = %s", (plan.checksum,)
    )  # fmt: skip
    return {row[0]: tuple(row[1:]) for row in rows}


def _actions(items: Items) -> dict[str, str]:
    return {key: item[0] for key, item in items.items()}


@pytest.mark.parametrize(
    ("issued_on", "year_end", "until"),
    [
        (date(2017, 4, 30), "04-30", date(2023, 12, 31)),
        (date(2016, 5, 1), "04-30", date(2023, 12, 31)),
        (date(2017, 5, 1), "04-30", date(2024, 12, 31)),
        (date(2020, 12, 31), "12-31", date(2026, 12, 31)),
        (date(2020, 2, 29), "02-28", date(2027, 12, 31)),
    ],
)
def test_a_voucher_is_kept_six_years(warehouse: Connection, issued_on: date, year_end: str, until: date) -> None:
    values = (issued_on, year_end, retention_policy.read().rules["voucher"].period)
    assert warehouse.execute("select register.voucher_until(%s, %s, %s::interval)", values).fetchone() == (until,)


@pytest.mark.parametrize(
    ("interrupted_on", "judgment_on", "until"),
    [
        (None, None, date(2025, 1, 15)),
        (date(2024, 12, 1), None, date(2027, 12, 1)),
        (date(2021, 12, 1), None, date(2025, 1, 15)),
        (None, date(2023, 3, 1), date(2028, 3, 1)),
        (date(2026, 2, 1), date(2023, 3, 1), date(2031, 2, 1)),
    ],
)
def test_a_debt_lapses(
    warehouse: Connection, interrupted_on: date | None, judgment_on: date | None, until: date
) -> None:
    values = (date(2022, 1, 15), interrupted_on, judgment_on)
    found = warehouse.execute("select register.debt_until(%s, %s, %s, 'P3Y', 'P5Y')", values).fetchone()
    assert found == (until,)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.sampled_from(["12-31", "04-30", "06-30", "02-28"]))
def test_a_voucher_outlives_its_financial_year(warehouse: Connection, issued_on: date, year_end: str) -> None:
    """Law: the last day is a 31.12., six to seven calendar years on; a later voucher is never let go earlier."""
    statement = "select register.voucher_until(%s, %s, 'P6Y'), register.voucher_until(%s, %s, 'P6Y')"
    values = (issued_on, year_end, issued_on + timedelta(days=40), year_end)
    until, later = warehouse.execute(statement, values).fetchone() or (None, None)
    assert (until.month, until.day) == (12, 31)
    assert until.year - issued_on.year in (6, 7)
    assert later >= until


@pytest.mark.parametrize(("days_ago", "due"), [(90, True), (89, False), (1, False)])
def test_a_relationship_is_over_ninety_days_after_its_end(warehouse: Connection, days_ago: int, due: bool) -> None:
    add_customer(warehouse, "A", NIGHT - timedelta(days=days_ago))
    add(warehouse, "device", "d", customer_key="A", model="x")
    add_contact(warehouse, "p", "A")
    add(warehouse, "marketing_permission", "m", person_key="p")
    expected = {
        "customer.A", "contract.A-c", "service.A-s", "device.d", "person.p", "contact_role.p-A",
        "marketing_permission.m",
    }  # fmt: skip
    items = _items(warehouse)
    assert set(items) == (expected if due else set())
    assert {item[:3] for item in items.values()} <= {("erase", "relationship", "relationship_ended")}


def test_the_whole_subject_counts_across_sources(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO, y_tunnus="2108420-7")
    add_customer(warehouse, "B", None, "billing", y_tunnus="2108420-7")
    add_customer(warehouse, "C", LONG_AGO, y_tunnus="0112038-9")
    warehouse.execute("update register.service set terminated_on = null where source_key = 'C-s'")
    assert _items(warehouse) == {}
    warehouse.execute("update register.contract set ended_on = %s", (LONG_AGO,))
    warehouse.execute("update register.service set terminated_on = %s", (LONG_AGO,))
    assert {"customer.A", "customer.B", "customer.C"} <= set(_items(warehouse))


OPEN = [
    ("order", {}, "open_order", None),
    ("case", {}, "open_case", None),
    ("invoice", {"issued_on": date(2025, 1, 1), "due_on": date(2025, 2, 1)}, "unpaid_debt", date(2028, 2, 1)),
]
CLOSED = [
    ("order", {"cancelled_on": LONG_AGO}),
    ("case", {"closed_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    ("invoice", {"issued_on": date(2019, 1, 1), "due_on": date(2019, 2, 1)}),
    ("invoice", {"issued_on": date(2019, 1, 1), "due_on": date(2022, 2, 1), "paid_on": LONG_AGO}),
    ("invoice", {"kind": "credit_note", "issued_on": date(2019, 1, 1), "due_on": date(2026, 2, 1)}),
]


@pytest.mark.parametrize(("entity", "columns", "ground", "until"), OPEN)
def test_what_is_open_keeps_all_and_says_why(
    warehouse: Connection, entity: str, columns: dict[str, Any], ground: str, until: date | None
) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_contact(warehouse, "p", "A")
    add(warehouse, entity, "x", customer_key="A", **columns)
    items = _items(warehouse)
    assert {(item[0], item[2], item[3]) for item in items.values()} == {("keep", ground, until)}
    assert {"customer.A", "person.p", f"{entity}.x"} <= set(items)


@pytest.mark.parametrize(("entity", "columns"), CLOSED)
def test_what_is_closed_keeps_nothing(warehouse: Connection, entity: str, columns: dict[str, Any]) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add(warehouse, entity, "x", customer_key="A", **columns)
    assert set(_actions(_items(warehouse)).values()) == {"erase"}


def test_no_known_end_is_kept_and_counted(warehouse: Connection) -> None:
    add(warehouse, "customer", "A")
    add_contact(warehouse, "p", "A")
    plan = erasure.plan(warehouse, NIGHT)
    assert (plan.erase, plan.keep, plan.no_known_end, plan.needs_approval) == (0, 0, 2, False)


def test_a_person_goes_when_nothing_ties_them(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_customer(warehouse, "B", None)
    add_contact(warehouse, "both", "A", full_name="Aino Laine")
    add(warehouse, "user_account", "u", person_key="both", customer_key="B")
    add_contact(warehouse, "by_message", "A", full_name="Outi Salo")
    add(warehouse, "case", "c", customer_key="B")
    add(warehouse, "message", "m", case_key="c", person_key="by_message")
    add_contact(warehouse, "prospect", "A", full_name="Eero Maki", email="e@x.example")
    add(warehouse, "prospect", "again", full_name="Eero Maki", email="e@x.example", noted_on=NIGHT)
    add_contact(warehouse, "only_a", "A", full_name="Liisa Joki")
    actions = _actions(_items(warehouse))
    assert {key for key in actions if key.startswith("person.")} == {"person.only_a"}
    assert {f"contact_role.{p}-A" for p in ("both", "by_message", "only_a")} <= set(actions)


def test_a_private_customer_is_a_person(warehouse: Connection) -> None:
    add_customer(warehouse, "A", None, kind="person", name="Matti Virtanen", email="m@x.example")
    add(warehouse, "person", "p", "service_desk", email="m@x.example")
    assert _items(warehouse) == {}
    warehouse.execute("update register.contract set ended_on = %s", (LONG_AGO,))
    warehouse.execute("update register.service set terminated_on = %s", (LONG_AGO,))
    assert {"customer.A", "person.p"} <= set(_items(warehouse))


@pytest.mark.parametrize(("days", "due"), [(89, False), (90, True)])
def test_whom_nothing_ever_tied_waits_for_a_role(warehouse: Connection, days: int, due: bool) -> None:
    warehouse.execute(
        "insert into staging.pull (pull_id, source, night, run_id, rules_version) values (%s, 'crm', %s, 'r', '1')",
        (PULL, NIGHT - timedelta(days=days)),
    )
    add(warehouse, "person", "p")
    assert ("person.p" in _items(warehouse)) is due


@pytest.mark.parametrize(("noted_on", "due"), [(date(2025, 11, 1), True), (date(2025, 11, 2), False)])
def test_a_prospect_ends_after_a_year(warehouse: Connection, noted_on: date, due: bool) -> None:
    add(warehouse, "prospect", "p", noted_on=noted_on)
    assert ("prospect.p" in _items(warehouse)) is due


RECORDED = datetime(2026, 4, 30, 22, 30, tzinfo=UTC)  # 1.5. in Helsinki


@pytest.mark.parametrize(
    ("recorded_at", "closed_at", "due"),
    [
        (RECORDED, None, True),
        (RECORDED + timedelta(days=1), None, False),
        (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC), True),
        (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC), False),
    ],
)
def test_a_recording_goes_in_a_relationship_that_goes_on(
    warehouse: Connection, recorded_at: datetime, closed_at: datetime | None, due: bool
) -> None:
    add_customer(warehouse, "A", None)
    add(warehouse, "case", "c", customer_key="A", closed_at=closed_at)
    add(warehouse, "recording", "r", case_key="c", recorded_at=recorded_at, media="a.wav")
    assert set(_items(warehouse)) == ({"recording.r"} if due else set())


def test_only_a_hold_of_its_case_keeps_a_recording(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add(warehouse, "case", "c", customer_key="A", closed_at=datetime(2026, 1, 1, tzinfo=UTC))
    add(warehouse, "recording", "r", case_key="c", recorded_at=datetime(2025, 1, 1, tzinfo=UTC), media="a.wav")
    hold = {"source": "crm", "reason": "court_case", "staff": "dpo1", "held_from": date(2026, 1, 1)}
    holds.place(warehouse, "H1", entity="customer", source_key="A", **hold)
    items = _items(warehouse)
    assert items["recording.r"][0] == "erase"
    assert items["case.c"] == ("keep", "relationship", "legal_hold", None)
    holds.end(warehouse, "H1", NIGHT)
    holds.place(warehouse, "H2", entity="case", source_key="c", held_until=date(2026, 12, 1), **hold)
    items = _items(warehouse)
    assert items["recording.r"] == ("keep", "recording", "legal_hold", date(2026, 12, 1))
    assert items["customer.A"] == ("restrict", "relationship", "legal_hold", date(2026, 12, 1))
    assert items["contract.A-c"][0] == "erase"
    assert set(_actions(_items(warehouse, date(2026, 12, 2))).values()) == {"erase"}


def test_a_hold_of_a_person_keeps_their_records(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_contact(warehouse, "p", "A")
    add_contact(warehouse, "q", "A", full_name="Aino Laine")
    holds.place(
        warehouse, "H", source="crm", entity="person", source_key="p", reason="claim", staff="dpo1", held_from=LONG_AGO
    )
    actions = _actions(_items(warehouse))
    assert (actions["person.p"], actions["contact_role.p-A"], actions["customer.A"]) == ("keep", "keep", "restrict")
    assert (actions["person.q"], actions["contact_role.q-A"]) == ("erase", "erase")


def test_a_hold_names_a_record_that_is_there(warehouse: Connection) -> None:
    hold = {"source": "crm", "reason": "claim", "staff": "dpo1", "held_from": NIGHT}
    with pytest.raises(ErasureRefused, match="no such customer"):
        holds.place(warehouse, "H", entity="customer", source_key="nobody", **hold)
    with pytest.raises(ErasureRefused, match="no entity"):
        holds.place(warehouse, "H", entity="custmer", source_key="A", **hold)


def test_an_invoice_is_restricted_for_the_books(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    paid = {"customer_key": "A", "paid_on": date(2020, 6, 1)}
    add(warehouse, "invoice", "new", issued_on=date(2020, 1, 1), due_on=date(2020, 2, 1), **paid)
    add(warehouse, "invoice", "old", issued_on=date(2019, 12, 31), due_on=date(2020, 2, 1), **paid)
    add(warehouse, "collection", "k", invoice_key="new", started_on=date(2020, 3, 1))
    items = _items(warehouse)
    assert items["invoice.new"] == ("restrict", "voucher", "voucher", date(2026, 12, 31))
    assert items["customer.A"] == ("restrict", "voucher", "voucher", date(2026, 12, 31))
    assert {items[key][0] for key in ("invoice.old", "collection.k", "contract.A-c")} == {"erase"}


def test_an_old_invoice_goes_from_a_relationship_that_goes_on(warehouse: Connection) -> None:
    add_customer(warehouse, "A", None)
    paid, unpaid = {"customer_key": "A", "paid_on": date(2019, 6, 1)}, {"customer_key": "A"}
    add(warehouse, "invoice", "paid", issued_on=date(2019, 1, 1), due_on=date(2019, 2, 1), **paid)
    add(warehouse, "invoice", "lapsed", issued_on=date(2019, 1, 1), due_on=date(2019, 2, 1), **unpaid)
    add(warehouse, "invoice", "claimed", issued_on=date(2019, 1, 1), due_on=date(2019, 2, 1), **unpaid)
    add(warehouse, "collection", "k1", invoice_key="lapsed", started_on=date(2019, 3, 1))
    add(warehouse, "collection", "k2", invoice_key="claimed", started_on=date(2024, 3, 1))
    add(warehouse, "invoice", "young", issued_on=date(2020, 1, 1), due_on=date(2020, 2, 1), **paid)
    assert _actions(_items(warehouse)) == {
        "invoice.paid": "erase", "invoice.lapsed": "erase", "collection.k1": "erase"
    }  # fmt: skip


def test_consent_is_evidence_for_three_years(warehouse: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_contact(warehouse, "p", "A")
    add(warehouse, "transfer_consent", "old", person_key="p", withdrawn_at=datetime(2023, 1, 1, tzinfo=UTC))
    add(warehouse, "transfer_consent", "run_out", person_key="p", valid_to=date(2024, 1, 1))
    add(warehouse, "transfer_consent", "standing", person_key="p", valid_from=date(2023, 6, 1))
    # What one record takes back, no other one holds up: once the one were gone, it would be in force again.
    add(warehouse, "transfer_consent", "taken_back_elsewhere", person_key="p", valid_from=date(2022, 6, 1))
    items = _items(warehouse)
    assert items["transfer_consent.old"][0] == "erase"
    assert items["transfer_consent.taken_back_elsewhere"] == items["transfer_consent.old"]
    assert items["transfer_consent.run_out"][3] == date(2027, 1, 1)
    assert items["transfer_consent.standing"] == ("restrict", "consent_evidence", "consent_evidence", date(2029, 1, 31))
    assert items["person.p"] == items["transfer_consent.standing"]


def _policy(tmp_path: Path, old: str, new: str) -> Path:
    text = (paths.POLICY / retention_policy.FILE).read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "retention.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  prospect:\n", "  prospects:\n", "lack prospect"),
        ("    period: P90D", "    periods: P90D", "unknown key 'periods'"),
        ("    period: P90D", "    period: 90 days", "ISO 8601"),
        ("    period: P90D", "    period: for_good", "needs a number"),
        ("    period: P90D", "    period: P4Y", "ceiling"),
        ("    period: P90D", "", "period"),
        ("event: noted_on", "event: recorded_at", "counts from 'noted_on'"),
        ("    or_earlier: {event: case_closed, period: P30D}\n", "", "needs or_earlier"),
    ],
)
def test_a_rule_without_a_number_stops_the_run(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        load_policy(_policy(tmp_path, old, new), retention_policy.Retention)


def test_the_policies_are_sound(tmp_path: Path) -> None:
    assert retention_policy.read().rules["relationship"].period == "P90D"
    assert controller.read().y_tunnus == "2108420-7"
    assert load_policy(_policy(tmp_path, "P90D", "P3Y"), retention_policy.Retention)
