"""What a person decides of one refused row: who may, of which rules, and that it sticks to that content."""

from typing import Any

import pytest

from rekisteri import conforming, connections, paths
from rekisteri.errors import DecisionRefused, WarehouseError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.nights import ingest
from rekisteri.quarantine import deciding, overruling, retesting
from tests.pull.conftest import NIGHT, Shop
from tests.quarantine.test_retest import register, waiting

DECIDED = {"reason": "fault_is_harmless", "staff": "dpo", "decided_on": NIGHT}


def number(shop: Shop, entity: str, key: str | None) -> int:
    """The number of the one row that waits under a key."""
    found = shop.warehouse.execute(
        "select quarantine_id from quarantine.row where entity = %s and source_key is not distinct from %s",
        (entity, key),
    ).fetchall()
    assert len(found) == 1
    return int(found[0][0])


def release(shop: Shop, entity: str, key: str, **more: Any) -> retesting.Retest:
    """Release a row and carry it out, as the command does."""
    row = number(shop, entity, key)
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        source = deciding.release(conn, row, **DECIDED | more)
    return retesting.retest(source, NIGHT)


def reject(shop: Shop, entity: str, key: str | None, **more: Any) -> None:
    """Reject a row."""
    row = number(shop, entity, key)
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        deciding.reject(conn, row, **DECIDED | more)


def decisions(shop: Shop) -> list[Any]:
    return shop.warehouse.execute("select source_key, decision from quarantine.decision order by 1, 2").fetchall()


def test_a_released_row_comes_in_with_its_dependants_and_sticks(shop: Shop) -> None:
    shop.client("1", tel="kysy Maijalta", label="Aino 010190-999W")
    shop.deal("10", "1")
    shop.line("100", "10")
    shop.night()
    done = release(shop, "customer", "1")
    assert {entity: book.released for entity, book in done.books.items()} == {
        "customer": 1, "contract": 1, "service": 1,
    }  # fmt: skip
    assert shop.held("customer", "name", "phone", "kept_rule") == {"1": ("Aino [hetu removed]", None, None)}
    assert (list(shop.held("service")), shop.refused()) == (["100"], {})
    after = register(shop)
    for full in (False, True):
        books = shop.night(full=full)
        assert (register(shop), shop.refused()) == (after, {})
        assert sum(book["quarantined"] + book["merged"] for book in books.values()) == 0
    assert decisions(shop) == [("1", "release")]


def test_it_sticks_under_other_rules_and_ends_when_the_source_changes_the_row(shop: Shop) -> None:
    shop.client("1", tel="kysy Maijalta")
    shop.night()
    release(shop, "customer", "1")
    after = register(shop)
    policy = paths.POLICY / "conforming.yaml"
    policy.write_text(policy.read_text() + "# another version of the rules\n")
    conforming._phone_policy.cache_clear()
    assert shop.night()["customer"]["unchanged"] == 1
    assert (register(shop), shop.refused(), decisions(shop)) == (after, {}, [("1", "release")])
    shop.conn.execute("update client set tel = 'kysy Matilta'")
    shop.night()
    assert shop.refused() == {("customer", "1"): ["format:phone"]}
    assert shop.held("customer", "kept_rule") == {"1": ("format:phone",)}
    assert decisions(shop) == []


def test_a_new_fault_is_not_overruled_by_an_old_decision(shop: Shop) -> None:
    """The content is the same, but another rule refuses it now: nobody decided on that one."""
    shop.client("1", tel="x", since="1.2.2020")
    shop.night()
    release(shop, "customer", "1")
    policy = paths.POLICY / "sources.yaml"
    policy.write_text(policy.read_text().replace("%d.%m.%Y", "%Y-%m-%d"))
    shop.night()
    assert sorted(shop.refused()["customer", "1"]) == ["format:phone", "format:registered_on"]
    assert decisions(shop) == [("1", "release")]


def test_what_vanished_is_decided_anew_when_it_comes_back(shop: Shop) -> None:
    shop.client("1", tel="x")
    shop.client("2")
    shop.night()
    release(shop, "customer", "1")
    shop.conn.execute("delete from client where no = '1'")
    shop.night()
    assert decisions(shop) == []
    shop.client("1", tel="x")
    shop.night()
    assert shop.refused() == {("customer", "1"): ["format:phone"]}


def test_a_rejected_row_is_emptied_counted_and_never_comes_in(shop: Shop) -> None:
    shop.client("1", tel="x")
    shop.deal("10", "1")
    shop.night()
    reject(shop, "customer", "1")
    assert shop.warehouse.execute("select row from quarantine.row where entity = 'customer'").fetchone() == (None,)
    # Mended by us: the rule lets such numbers pass. The person said never.
    policy = paths.POLICY / "conforming.yaml"
    policy.write_text(policy.read_text() + "# another version of the rules\n")
    for full in (False, True):
        books = shop.night(full=full)
        assert (books["customer"]["quarantined"], books["contract"]["quarantined"]) == (1, 1)
    assert shop.warehouse.execute("select row from quarantine.row where entity = 'customer'").fetchone() == (None,)
    assert retesting.retest("shop", NIGHT).released == 0
    shop.conn.execute("update client set mail = 'a@example.com'")
    shop.conn.execute("update client set tel = null")
    shop.night()
    assert (set(shop.held("customer")), set(shop.held("contract")), decisions(shop)) == ({"1"}, {"10"}, [])


def test_a_rejected_row_that_no_rule_refuses_any_more_stays_out(shop: Shop) -> None:
    shop.client("1", since="2020-02-01")
    shop.conn.execute("insert into client (kind, label) values ('company', 'avaimeton')")
    shop.night()
    reject(shop, "customer", "1")
    reject(shop, "customer", None)
    policy = paths.POLICY / "sources.yaml"
    policy.write_text(policy.read_text().replace("%d.%m.%Y", "%Y-%m-%d"))
    assert retesting.retest("shop", NIGHT).looked_at == 0
    book = shop.night()["customer"]
    assert (book["read"], book["quarantined"], shop.held("customer")) == (2, 2, {})
    assert shop.refused()["customer", "1"] == ["rejected"]
    assert shop.warehouse.execute("select count(row) from quarantine.row").fetchone() == (0,)
    shop.conn.execute("delete from client")
    shop.night(vanished=True)
    assert (shop.refused(), decisions(shop)) == ({}, [])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"label": None}, "required:name: the register cannot hold a row without it"),
        ({"kind": "guild"}, "format:kind: nothing can be read there"),
        ({"kind": "guild", "tel": "x"}, "format:kind: nothing can be read there"),
    ],
)
def test_what_the_register_cannot_hold_cannot_be_released(shop: Shop, row: dict[str, Any], told: str) -> None:
    shop.client("1", **row)
    shop.night()
    with pytest.raises(DecisionRefused, match=told) as raised:
        release(shop, "customer", "1")
    assert "format:phone" not in str(raised.value)
    assert decisions(shop) == []


def test_what_is_outside_or_has_no_parent_cannot_be_released(shop: Shop) -> None:
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", region="CH")
    shop.deal("11", "nobody")
    shop.client("2", label="Yksi")
    shop.client("2", label="Kaksi")
    shop.night()
    with pytest.raises(DecisionRefused, match="residency:delivered_from: no one may let in by hand"):
        release(shop, "service", "100")
    with pytest.raises(DecisionRefused, match="reference:customer_key: a row that belongs to no record"):
        release(shop, "contract", "11")
    double = shop.warehouse.execute("select quarantine_id from quarantine.row where source_key = '2'").fetchone()
    assert double is not None
    with connections.connect("warehouse_dpo", autocommit=True) as conn, pytest.raises(DecisionRefused, match="unique"):
        deciding.release(conn, double[0], **DECIDED)
    assert decisions(shop) == []


def test_a_released_row_that_lies_outside_is_still_refused(shop: Shop) -> None:
    """The quality rule hid that its location is outside: the other gate has its say all the same."""
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", region="CH", opened="1.3.2020")
    path = paths.SQL / "extract/shop/service.sql"
    path.write_text(path.read_text().replace("opened as opened_on,", "opened as opened_on, bid as terminated_on,"))
    shop.conn.execute("alter table line add bid text")
    shop.conn.execute("update line set bid = 'joskus'")
    shop.night()
    assert shop.refused() == {("service", "100"): ["format:terminated_on"]}
    assert release(shop, "service", "100").released == 0
    assert (shop.held("service"), shop.refused()) == ({}, {("service", "100"): ["residency:delivered_from"]})


def test_only_approvers_decide_with_a_code_on_a_row_that_is_there(shop: Shop) -> None:
    shop.client("1", tel="x")
    shop.night()
    before = waiting(shop)
    for wrong in ({"staff": "admin"}, {"staff": ""}, {"reason": "Maija said so"}, {"reason": ""}):
        for decide in (release, reject):
            with pytest.raises(DecisionRefused):
                decide(shop, "customer", "1", **wrong)
    with (
        connections.connect("warehouse_dpo", autocommit=True) as conn,
        pytest.raises(DecisionRefused, match="no row 0"),
    ):
        deciding.reject(conn, 0, **DECIDED)
    assert (waiting(shop), decisions(shop)) == (before, [])


def test_an_emptied_row_cannot_be_released_and_one_of_old_not_rejected(shop: Shop) -> None:
    shop.client("1", tel="x")
    shop.night()
    shop.warehouse.execute("update quarantine.row set row = null")
    with pytest.raises(DecisionRefused, match="was emptied"):
        release(shop, "customer", "1")
    reject(shop, "customer", "1")
    shop.warehouse.execute("update quarantine.row set digest = null")
    with pytest.raises(DecisionRefused, match="would not know it again"):
        reject(shop, "customer", "1")


def test_nobody_decides_while_a_pull_is_under_way(shop: Shop) -> None:
    from rekisteri import extraction

    shop.client("1", tel="x")
    shop.night()
    shop.client("2")
    extraction.extract(ingest.open_pull("shop", NIGHT, "r"))
    with pytest.raises(WarehouseError, match="a pull of shop is under way"):
        release(shop, "customer", "1")
    assert decisions(shop) == []


def test_each_decision_is_in_the_evidence_without_a_key(shop: Shop) -> None:
    shop.client("K-1", tel="x")
    shop.client("K-2", tel="x")
    shop.night()
    release(shop, "customer", "K-1")
    reject(shop, "customer", "K-2", reason="not_ours")
    found = shop.warehouse.execute(
        "select entity, rule, staff, numbers from audit.entry where kind = 'quarantine_decided' order by seq"
    ).fetchall()
    assert found == [
        ("customer", "release:fault_is_harmless", "dpo", {"rules": 1}),
        ("customer", "reject:not_ours", "dpo", {"rules": 1}),
    ]


def test_the_officer_empties_a_row_and_writes_nothing_else(shop: Shop) -> None:
    shop.client("1", tel="x")
    shop.night()
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        for forbidden in (
            "update quarantine.row set rules = '{x}'",
            "update quarantine.row set gate = 'x'",
            "delete from quarantine.row",
        ):
            with pytest.raises(Exception, match="permission denied"):
                conn.execute(forbidden)


def test_of_each_rule_it_is_said_whether_it_may_be_overruled() -> None:
    for entity, table in ENTITIES.items():
        for column, said in pulled_columns(table).items():
            assert (overruling.may_overrule(entity, f"format:{column}") is None) is not said.required
            for kind in ("required", "reference", "residency", "unique", "surprise"):
                assert overruling.may_overrule(entity, f"{kind}:{column}")
            for kind in ("order", "future", "length", "known_elsewhere", "expects"):
                assert overruling.may_overrule(entity, f"{kind}:{column}") is None
    assert overruling.may_overrule("customer", "format:no_column")
    assert overruling.may_overrule("no_entity", "format:phone")
    assert overruling.may_overrule("customer", "rejected")
