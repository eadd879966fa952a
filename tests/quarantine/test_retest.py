"""What waits, judged again from what is kept: it ends as the next full pull would."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rekisteri import conforming, connections, paths, pulls, refusing
from rekisteri.errors import BooksUnbalanced, WarehouseError
from rekisteri.nights import erasing, ingest
from rekisteri.quarantine import retesting
from tests.faults.killing import killed, writes
from tests.pull.conftest import NIGHT, Shop

UNASSIGNED = "+3581990001"
"""Possible and assigned to nobody: refused until conforming.yaml says otherwise."""


def mend(folder: Path) -> None:
    """Let the shop's unassigned numbers pass, as whoever edits the policy would."""
    path = folder / "include/policy/conforming.yaml"
    path.write_text(path.read_text().replace('["+35811"]', '["+35811", "+358199"]'), encoding="utf-8")
    # Each command and task is a process of its own, which has read nothing yet.
    conforming._phone_policy.cache_clear()


@pytest.fixture(autouse=True)
def _policy_anew() -> Any:
    conforming._phone_policy.cache_clear()
    yield
    conforming._phone_policy.cache_clear()


def fill(shop: Shop) -> None:
    """A customer who waits for a rule of ours with all that depends on her, and others that wait for the source."""
    shop.client("1", tel=UNASSIGNED, mail="yksi@example.com")
    shop.deal("10", "1")
    shop.line("100", "10")
    shop.line("101", "10", region="eu-west-2", cloud="aws")
    shop.client("2", label=None, tel=UNASSIGNED)
    shop.deal("20", "2")
    shop.client("3")
    shop.client("4", label="Yksi")
    shop.client("4", label="Kaksi")
    shop.client("5", label="Aino 010190-999W", tel=UNASSIGNED)


def register(shop: Shop) -> dict[str, Any]:
    """All that the register holds, but for hashes and pulls."""
    return {
        entity: sorted(
            shop.warehouse.execute(
                "select (to_jsonb(t) - array['first_pull', 'changed_pull', 'content_hash'])::text "
                f'from register."{entity}" as t'
            ).fetchall()
        )
        for entity in ("customer", "contract", "service")
    }


def waiting(shop: Shop) -> list[Any]:
    """All that quarantine holds, but for hashes, pulls and numbers."""
    return sorted(
        map(
            repr,
            shop.warehouse.execute(
                "select entity, source_key, copy, gate, rules, first_refused_on, expires_on, row, digest "
                "from quarantine.row"
            ),
        )
    )


def test_a_mended_rule_lets_in_what_waited_and_what_waited_for_it(shop: Shop, tmp_path: Path) -> None:
    fill(shop)
    shop.night()
    assert set(shop.held("customer")) == {"3"}
    mend(tmp_path)
    done = retesting.retest("shop", NIGHT)
    assert {entity: (book.read, book.released) for entity, book in done.books.items()} == {
        "customer": (5, 2), "contract": (2, 1), "service": (2, 1),
    }  # fmt: skip
    assert shop.held("customer", "phone", "name")["5"] == (UNASSIGNED, "Aino [hetu removed]")
    assert (list(shop.held("contract")), list(shop.held("service"))) == (["10"], ["100"])
    assert shop.refused() == {
        ("customer", "2"): ["required:name"], ("customer", "4"): ["unique:source_key"],
        ("contract", "20"): ["reference:customer_key"], ("service", "101"): ["residency:delivered_from"],
    }  # fmt: skip
    linked = shop.warehouse.execute("select source_key from register.subject_link order by 1").fetchall()
    assert linked == [("1",), ("3",), ("5",)]
    after = (register(shop), waiting(shop))

    assert retesting.retest("shop", NIGHT).released == 0
    assert (register(shop), waiting(shop)) == after
    books = shop.night()
    assert (register(shop), waiting(shop)) == after, "the next pull, which reads everything, ends otherwise"
    assert {b["released"] for b in books.values()} == {0}
    assert shop.night()["customer"]["read"] == 0


def test_the_evidence_says_what_was_released_and_nothing_stays_of_the_retest(shop: Shop, tmp_path: Path) -> None:
    fill(shop)
    shop.night()
    mend(tmp_path)
    retesting.retest("shop", NIGHT)
    found = dict(
        shop.warehouse.execute("select entity, numbers from audit.entry where kind = 'quarantine_released'").fetchall()
    )
    assert (found["customer"]["released"], found["customer"]["quarantined"], found["customer"]["balanced"]) == (
        2, 3, True,
    )  # fmt: skip
    left = shop.warehouse.execute("select relname from pg_class where relname like 'shop\\_\\_%'").fetchall()
    assert left == []
    assert shop.warehouse.execute("select state, run_id from staging.pull").fetchall() == [("recounted", "run 1")]
    first = shop.warehouse.execute("select first_pull from register.customer where source_key = '1'").fetchone()
    assert first == shop.warehouse.execute("select pull_id from staging.pull").fetchone()


def test_without_a_mended_rule_nothing_comes_in(shop: Shop) -> None:
    fill(shop)
    shop.night()
    before = (register(shop), waiting(shop))
    assert retesting.retest("shop", NIGHT).released == 0
    assert (register(shop), waiting(shop)) == before


def test_what_expired_or_is_half_of_a_double_is_left_alone(shop: Shop, tmp_path: Path) -> None:
    shop.client("1", tel=UNASSIGNED)
    shop.client("4", label="Yksi")
    shop.client("4", label="Kaksi")
    shop.night()
    shop.warehouse.execute("update quarantine.row set row = null where source_key = '1' or row ->> 'name' = 'Yksi'")
    mend(tmp_path)
    before = (register(shop), waiting(shop))
    done = retesting.retest("shop", NIGHT)
    assert (done.books, done.released) == ({}, 0)
    assert (register(shop), waiting(shop)) == before
    shop.night()
    assert set(shop.held("customer")) == {"1"}, "the source still sends it: the pull lets it in"


def test_what_was_kept_under_another_select_or_by_a_rule_of_pulls_is_left_alone(shop: Shop, tmp_path: Path) -> None:
    shop.client("1", tel=UNASSIGNED)
    shop.client("2", tel=UNASSIGNED)
    shop.night()
    shop.warehouse.execute("update quarantine.row set row = row - 'email' where source_key = '1'")
    shop.warehouse.execute("update quarantine.row set rules = rules || '{seen_by_pulls_only:x}' where source_key = '2'")
    mend(tmp_path)
    assert retesting.retest("shop", NIGHT).looked_at == 0
    shop.night()
    assert set(shop.held("customer")) == {"1", "2"}


def test_the_erased_do_not_come_in(shop: Shop, tmp_path: Path) -> None:
    fill(shop)
    shop.night()
    shop.warehouse.execute(
        "insert into vault.row_tombstone values ('shop', 'customer', '1', null, 'erased', %s, %s)", (NIGHT, NIGHT)
    )
    mend(tmp_path)
    done = retesting.retest("shop", NIGHT)
    assert (done.books["customer"].released, done.books["customer"].suppressed) == (1, 1)
    assert set(shop.held("customer")) == {"3", "5"}
    assert not {("customer", "1"), ("contract", "10"), ("service", "100")} & set(shop.refused())
    assert (register(shop)["contract"], register(shop)["service"]) == ([], [])


def test_a_pull_that_is_under_way_is_not_disturbed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.client("1", tel=UNASSIGNED)
    shop.night()
    shop.client("2")
    pull_id = ingest.open_pull("shop", NIGHT, "r")
    from rekisteri import extraction

    extraction.extract(pull_id)
    with pytest.raises(WarehouseError, match="a pull of shop is under way"):
        retesting.retest("shop", NIGHT)
    with connections.connect("warehouse", autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtextextended('rekisteri pull shop', 0))")
        monkeypatch.setattr(pulls, "LOCK_TIMEOUT", "200ms")
        with pytest.raises(WarehouseError, match="another process works on it"):
            retesting.retest("shop", NIGHT)
    # Left alone for hours, it is dead: what it left in staging goes, and its run has to begin anew.
    shop.warehouse.execute("update staging.pull set changed_at = '-infinity' where run_id = 'r'")
    assert retesting.retest("shop", NIGHT).looked_at == 1
    assert shop.warehouse.execute("select state from staging.pull where run_id = 'r'").fetchone() == ("refused",)
    with pytest.raises(WarehouseError):
        ingest.conform(pull_id)


@pytest.mark.parametrize("table", ["register.customer", "quarantine.row", "register.subject_link", "audit.entry"])
def test_killed_anywhere_and_run_again_it_ends_the_same(shop: Shop, tmp_path: Path, table: str) -> None:
    fill(shop)
    shop.night()
    mend(tmp_path)
    before = (register(shop), waiting(shop))
    killed(lambda: retesting.retest("shop", NIGHT), writes(table))
    assert (register(shop), waiting(shop)) == before
    assert retesting.retest("shop", NIGHT).released == 4
    after = (register(shop), waiting(shop))
    shop.night()
    assert (register(shop), waiting(shop)) == after


def test_books_that_do_not_balance_release_nothing(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shop)
    shop.night()
    mend(tmp_path)
    before = (register(shop), waiting(shop))
    refuse = refusing.refuse

    def loses_one(conn: Any, source: str, entity: str, *rest: Any) -> int:
        conn.execute(f"delete from staging.{source}__{entity}__checked where source_key = '3' or source_key = '1'")
        return refuse(conn, source, entity, *rest)

    monkeypatch.setattr(refusing, "refuse", loses_one)
    with pytest.raises(BooksUnbalanced, match=r"shop\.customer: read 5 is not"):
        retesting.retest("shop", NIGHT)
    assert (register(shop), waiting(shop)) == before


def test_time_is_counted_from_the_first_refusal(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.client("1", label=None)
    shop.client("2", tel="x")
    shop.conn.execute("insert into client (kind, label) values ('company', 'avaimeton')")
    shop.conn.execute("insert into client (kind, label) values ('company', 'toinen avaimeton')")
    shop.night()
    days = "select first_refused_on, expires_on, row is not null from quarantine.row order by source_key"
    started = shop.warehouse.execute(days).fetchall()
    assert started == [(NIGHT, NIGHT + timedelta(30), True)] * 4
    # Another content, other rules, and judged anew: the days go on.
    shop.conn.execute("update client set tel = 'y', since = 'z' where no is not null")
    shop.conn.execute("update client set since = 'toinen muoto' where label = 'toinen avaimeton'")
    monkeypatch.setattr("tests.pull.conftest.NIGHT", NIGHT + timedelta(10))
    shop.night(full=True)
    assert shop.warehouse.execute(days).fetchall() == started
    assert erasing.expire_quarantine(NIGHT + timedelta(29)) == 0
    assert erasing.expire_quarantine(NIGHT + timedelta(30)) == 4
    assert shop.warehouse.execute(days).fetchall() == [(NIGHT, NIGHT + timedelta(30), False)] * 4
    # Nor does it come back when the source changes it again afterwards.
    shop.conn.execute("update client set tel = 'viel\u00e4'")
    monkeypatch.setattr("tests.pull.conftest.NIGHT", NIGHT + timedelta(31))
    shop.night(full=True)
    assert shop.warehouse.execute(days).fetchall() == [(NIGHT, NIGHT + timedelta(30), False)] * 4
    # Two rows more: a key that was never refused has its own days, one without a key takes no chance.
    shop.client("9", label=None)
    shop.night()
    assert shop.warehouse.execute("select row is not null from quarantine.row where source_key = '9'").fetchone() == (
        True,
    )


def test_what_came_in_and_is_refused_again_begins_anew(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.client("1", tel="x")
    shop.night()
    shop.conn.execute("update client set tel = null")
    shop.night()
    shop.conn.execute("update client set tel = 'x'")
    monkeypatch.setattr("tests.pull.conftest.NIGHT", NIGHT + timedelta(20))
    shop.night()
    found = shop.warehouse.execute("select first_refused_on from quarantine.row").fetchone()
    assert found == (NIGHT + timedelta(20),)


def test_expiry_goes_on_while_no_source_is_pulled(shop: Shop) -> None:
    shop.client("1", label=None)
    shop.night()
    assert erasing.expire_quarantine() == 0, "the newest pull is of the same night"
    assert erasing.expire_quarantine(NIGHT + timedelta(30)) == 1
    entries = shop.warehouse.execute(
        "select night, numbers from audit.entry where kind = 'quarantine_expired' order by seq"
    ).fetchall()
    assert entries == [(NIGHT, {"rows": 0}), (NIGHT + timedelta(30), {"rows": 1})]


def test_before_any_pull_there_is_nothing_to_expire(shop: Shop) -> None:
    assert erasing.expire_quarantine() == 0
    assert erasing.expire_quarantine(NIGHT) == 0


def test_a_row_that_stays_says_by_which_rules_it_is_refused_now(shop: Shop) -> None:
    shop.client("1", label=None)
    shop.deal("10", "1", starts="x")
    shop.night()
    assert shop.refused()["contract", "10"] == ["reference:customer_key", "format:started_on"] or shop.refused()[
        "contract", "10"
    ] == ["format:started_on", "reference:customer_key"]
    shop.conn.execute("update client set label = 'Yhti\u00f6'")
    shop.night()
    assert shop.refused() == {("contract", "10"): ["format:started_on"]}


def test_a_retest_asks_what_is_expected_of_a_source_as_well(shop: Shop) -> None:
    shop.client("1", since="2020-02-01")
    shop.client("2", since="2020-02-01", kind="person")
    shop.night()
    assert shop.refused()["customer", "1"] == ["format:registered_on"]
    # Since then the way to read dates was mended, and somebody has begun to expect more.
    policy = paths.POLICY / "sources.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("%d.%m.%Y", "%Y-%m-%d"), encoding="utf-8")
    (paths.EXPECTATIONS / "shop.yaml").write_text(
        "expectations:\n  customer:\n    - type: expect_column_values_to_be_in_set\n"
        "      kwargs: {column: kind, value_set: [company]}\n      severity: critical\n      consequence: row\n"
        "      why: This shop sells to companies only.\n",
        encoding="utf-8",
    )
    retesting.retest("shop", NIGHT)
    assert set(shop.held("customer")) == {"1"}
    assert shop.refused() == {("customer", "2"): ["expects:be_in_set.kind"]}
    assert shop.night()["customer"]["quarantined"] == 1
