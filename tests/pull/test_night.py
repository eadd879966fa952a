"""A night of pulls: nothing lost, nothing doubled, each refused row for its own reason."""

from typing import Any

import pytest

from rekisteri import connections, extraction, merging, pseudonyms, pulls, quality
from rekisteri.errors import PolicyError, ResidencyRefused, SourceError, WarehouseError
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.pull.conftest import NIGHT, Shop


def counts(book: dict[str, int]) -> tuple[int, ...]:
    return tuple(book[n] for n in ("read", "merged", "unchanged", "quarantined", "suppressed"))


def test_first_night_merges_second_changes_nothing(shop: Shop) -> None:
    shop.client("1", tel="011 123 4567", mail="Myynti@Example.COM", bid="21084207")
    shop.deal("10", "1")
    shop.line("100", "10", cloud="aws", region="eu-north-1")
    books = shop.night()
    assert {e: counts(b) for e, b in books.items()} == {e: (1, 1, 0, 0, 0) for e in ("customer", "contract", "service")}
    assert shop.held("customer", "phone", "email", "y_tunnus", "registered_on::text", "controller") == {
        "1": ("+358111234567", "myynti@example.com", "2108420-7", "2020-02-01", "praecom")
    }
    before = shop.held("customer", "changed_pull", "first_pull")
    books = shop.night()
    assert {e: counts(b) for e, b in books.items()} == {e: (0, 0, 0, 0, 0) for e in ("customer", "contract", "service")}
    assert {b["skipped"] for b in books.values()} == {1}
    books = shop.night(full=True)
    assert {e: counts(b) for e, b in books.items()} == {e: (1, 0, 1, 0, 0) for e in ("customer", "contract", "service")}
    assert shop.held("customer", "changed_pull", "first_pull") == before


FAULTS: list[tuple[str, dict[str, Any], dict[tuple[str, str], list[str]]]] = [
    ("no name", {"label": None}, {("customer", "2"): ["required:name"]}),
    ("empty name", {"label": ""}, {("customer", "2"): ["required:name"]}),
    ("phone of letters", {"tel": "soita joskus"}, {("customer", "2"): ["format:phone"]}),
    ("mail without domain", {"mail": "maija@"}, {("customer", "2"): ["format:email"]}),
    ("Y-tunnus with a wrong check digit", {"bid": "2108420-8"}, {("customer", "2"): ["format:y_tunnus"]}),
    ("zero date", {"since": "0000-00-00"}, {("customer", "2"): ["format:registered_on"]}),
    ("31 February", {"since": "31.2.2024"}, {("customer", "2"): ["format:registered_on"]}),
    ("unknown code", {"kind": "guild"}, {("customer", "2"): ["format:kind"]}),
    ("no code", {"kind": None}, {("customer", "2"): ["required:kind"]}),
    ("two faults", {"kind": None, "tel": "x"}, {("customer", "2"): ["required:kind", "format:phone"]}),
]


@pytest.mark.parametrize(("fault", "row", "refused"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_faulty_row_waits_with_its_reason(
    shop: Shop, fault: str, row: dict[str, Any], refused: dict[tuple[str, str], list[str]]
) -> None:
    shop.client("1")
    shop.client("2", **row)
    book = shop.night()["customer"]
    assert shop.refused() == refused
    assert counts(book) == (2, 1, 0, 1, 0)
    assert list(shop.held("customer")) == ["1"]


def test_dependants_wait_with_their_parent_and_come_in_with_it(shop: Shop) -> None:
    shop.client("1", label=None)
    shop.deal("10", "1")
    shop.line("100", "10")
    shop.night()
    assert shop.refused() == {
        ("customer", "1"): ["required:name"],
        ("contract", "10"): ["reference:customer_key"],
        ("service", "100"): ["reference:contract_key"],
    }
    shop.conn.execute("update client set label = 'Yhtiö'")
    books = shop.night()
    assert shop.refused() == {}
    assert {e: counts(b) for e, b in books.items()} == {e: (1, 1, 0, 0, 0) for e in ("customer", "contract", "service")}
    assert books["contract"]["released"] == 1


def test_all_rows_of_a_doubled_key_are_refused(shop: Shop) -> None:
    for label in ("Yksi", "Kaksi", "Kaksi"):
        shop.client("1", label=label)
    shop.client("2")
    book = shop.night()["customer"]
    assert counts(book) == (4, 1, 0, 3, 0)
    assert shop.refused() == {("customer", "1"): ["unique:source_key"]}
    assert counts(shop.night(full=True)["customer"]) == (4, 0, 1, 3, 0)


def test_two_rows_alike_in_everything_do_not_hide_that_both_changed(shop: Shop) -> None:
    for _ in range(2):
        shop.client("1", label="Yksi")
    shop.client("2")
    shop.night()
    shop.conn.execute("update client set label = 'Kaksi' where no = '1'")
    shop.night()
    waiting = shop.warehouse.execute("select row ->> 'name' from quarantine.row").fetchall()
    assert waiting == [("Kaksi",), ("Kaksi",)]


@pytest.mark.parametrize(
    ("cloud", "region", "inside"),
    [
        ("aws", "eu-west-1a", True),
        ("aws", "eu-west-2", False),
        ("azure", "uksouth", False),
        ("gcp", "europe-west6", False),
        ("aws", "atlantis-1", False),
        (None, "EU", False),
        ("aws", None, False),
        (None, None, True),
        (None, "Suomi", True),
    ],
)
def test_a_record_outside_the_eea_waits(shop: Shop, cloud: str | None, region: str | None, inside: bool) -> None:
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", cloud=cloud, region=region)
    shop.night()
    assert shop.refused() == ({} if inside else {("service", "100"): ["residency:delivered_from"]})


def test_a_known_row_gone_bad_keeps_its_last_sound_version(shop: Shop) -> None:
    shop.client("1", tel="011 123 4567")
    shop.night()
    shop.conn.execute("update client set tel = 'x'")
    assert counts(shop.night()["customer"]) == (1, 0, 0, 1, 0)
    assert shop.held("customer", "phone", "kept_rule") == {"1": ("+358111234567", "format:phone")}
    assert counts(shop.night(full=True)["customer"]) == (1, 0, 0, 1, 0)
    assert counts(shop.night()["customer"]) == (0, 0, 0, 0, 0)
    shop.conn.execute("update client set tel = '011 123 4567'")
    shop.night()
    assert shop.held("customer", "kept_rule") == {"1": (None,)}
    assert shop.refused() == {}


def test_a_known_row_gone_outside_leaves(shop: Shop) -> None:
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", cloud="aws", region="eu-north-1")
    shop.night()
    shop.conn.execute("update line set region = 'eu-west-2'")
    book = shop.night()["service"]
    assert (counts(book), book["left"]) == ((1, 0, 0, 1, 0), 1)
    assert shop.held("service") == {}


def test_what_vanished_is_marked_not_removed(shop: Shop) -> None:
    shop.client("1")
    shop.client("2")
    shop.night()
    shop.conn.execute("delete from client where no = '2'")
    assert shop.night()["customer"]["vanished"] == 1
    assert {k: v[0] is not None for k, v in shop.held("customer", "vanished_pull").items()} == {"1": False, "2": True}
    shop.client("2")
    shop.night()
    assert {v[0] for v in shop.held("customer", "vanished_pull").values()} == {None}


def test_a_hetu_in_any_text_is_removed_and_counted(shop: Shop) -> None:
    shop.client("1", label="Aino 010190–999W Korhonen")
    shop.client("2", label="Ville 131052-308T", tel="131052-308T")
    shop.night()
    assert shop.held("customer", "name") == {"1": ("Aino [hetu removed] Korhonen",)}
    waits = shop.warehouse.execute("select row::text from quarantine.row").fetchone()
    assert waits is not None
    assert "131052" not in waits[0]
    assert shop.warehouse.execute("select hetu_removed from staging.arrival where entity = 'customer'").fetchone() == (
        2,
    )


def test_odd_texts_arrive_unharmed(shop: Shop) -> None:
    odd = ["\\N", "NULL", "tab\there", 'quote " and \\ and \n line', "🙂", "x" * 200]
    for n, label in enumerate(odd):
        shop.client(str(n), label=label)
    shop.client("long", label="x" * 10_000_000)
    shop.night()
    assert shop.refused() == {("customer", "long"): ["length:name"]}
    assert [shop.held("customer", "name")[str(n)][0] for n in range(len(odd))] == odd


def test_a_run_taken_up_again_ends_the_same(shop: Shop) -> None:
    shop.client("1")
    shop.client("2", label=None)
    shop.night("the run")
    once = (shop.held("customer", "changed_pull"), shop.refused())
    shop.night("the run")
    assert (shop.held("customer", "changed_pull"), shop.refused()) == once


def test_a_select_with_a_fault_is_refused_before_anything_runs(shop: Shop, tmp_path: Any) -> None:
    (tmp_path / "include/sql/extract/shop/customer.sql").write_text(
        "select no as source_key, birth as born from client"
    )
    with pytest.raises(PolicyError, match=r"customer\.sql:1: alias 'born' is not a column of customer"):
        ingest.open_pull("shop", NIGHT, "r")


def test_a_source_outside_the_eea_is_refused_before_it_is_contacted(shop: Shop, tmp_path: Any) -> None:
    policy = tmp_path / "include/policy/sources.yaml"
    policy.write_text(policy.read_text().replace("location: FI", "location: eu-west-2\n    provider: aws"))
    with pytest.raises(ResidencyRefused):
        ingest.open_pull("shop", NIGHT, "r")
    assert shop.warehouse.execute(
        "select numbers from audit.entry where kind = 'processor_checked' order by seq"
    ).fetchall() == [({"inside": False},)]


def test_a_refused_select_is_told_without_values(shop: Shop) -> None:
    shop.client("1", since="Salainen Arvo")
    path = extraction.sources.folder("shop") / "customer.sql"
    path.write_text(path.read_text().replace("since as registered_on", "since::date as registered_on"))
    with pytest.raises(SourceError, match=r"customer\.sql.*SQLSTATE 22007") as raised:
        shop.night()
    assert "Salainen" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_slow_source_meets_its_timeout(shop: Shop, tmp_path: Any) -> None:
    policy = tmp_path / "include/policy/sources.yaml"
    policy.write_text(policy.read_text() + "    timeout: 1\n")
    path = extraction.sources.folder("shop") / "customer.sql"
    path.write_text(path.read_text() + ", pg_sleep(5)")
    shop.client("1")
    with pytest.raises(SourceError, match="took longer than the timeout"):
        shop.night()


def test_two_runs_at_once_do_not_mix(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.client("1")
    pull_id = ingest.open_pull("shop", NIGHT, "r")
    monkeypatch.setattr(pulls, "LOCK_TIMEOUT", "200ms")
    with connections.connect("warehouse", autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtextextended('rekisteri pull shop', 0))")
        with pytest.raises(WarehouseError, match="another process works on it"):
            extraction.extract(pull_id)
    assert extraction.extract(pull_id) == {"customer": 1, "contract": 0, "service": 0}


def test_a_pull_that_was_not_admitted_contacts_nobody(shop: Shop, tmp_path: Any) -> None:
    policy = tmp_path / "include/policy/sources.yaml"
    policy.write_text(policy.read_text().replace("location: FI", "location: US"))
    with pytest.raises(ResidencyRefused):
        ingest.open_pull("shop", NIGHT, "r")
    pull_id = shop.warehouse.execute("select pull_id from staging.pull").fetchone()
    assert pull_id is not None
    with pytest.raises(WarehouseError, match="it is started, not admitted"):
        extraction.extract(pull_id[0])


def test_aliases_that_are_corrected_are_applied(shop: Shop) -> None:
    shop.client("1")
    shop.deal("10", "1", starts="1.3.2020", ends="5.5.2026")
    path = extraction.sources.folder("shop") / "contract.sql"
    right = path.read_text()
    path.write_text(right.replace("starts as started_on, ends as ended_on", "starts as ended_on, ends as started_on"))
    shop.night()
    path.write_text(right)
    assert counts(shop.night()["contract"]) == (1, 1, 0, 0, 0)
    assert shop.held("contract", "started_on::text", "ended_on::text") == {"10": ("2020-03-01", "2026-05-05")}


def test_held_records_are_judged_again_when_a_country_leaves(shop: Shop, tmp_path: Any) -> None:
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", region="DK")
    shop.night()
    assert list(shop.held("service")) == ["100"]
    table = tmp_path / "include/policy/eu_eea.csv"
    table.write_text(table.read_text().replace("DK,EU,allow,1973-01-01,,", "DK,EU,allow,1973-01-01,2026-10-31,"))
    book = shop.night()["service"]
    # It lies where it lay: it stays, flagged, until its erasure is approved.
    assert (counts(book), book["left"]) == ((1, 0, 0, 1, 0), 0)
    assert shop.held("service", "kept_rule") == {"100": ("residency:delivered_from",)}
    assert shop.refused() == {("service", "100"): ["residency:delivered_from"]}


def test_a_doubled_key_that_is_mended_comes_in_though_nothing_else_changed(shop: Shop) -> None:
    shop.client("1", label="Yksi")
    shop.client("1", label="Kaksi")
    shop.deal("10", "1")
    shop.night()
    shop.conn.execute("delete from client where label = 'Kaksi'")
    books = shop.night()
    assert (shop.refused(), books["customer"]["released"], books["contract"]["released"]) == ({}, 2, 1)
    assert list(shop.held("contract")) == ["10"]


def test_a_refused_row_that_changes_and_stays_refused_is_not_released(shop: Shop) -> None:
    shop.client("1", tel="x")
    shop.night()
    shop.conn.execute("update client set label = 'Toinen'")
    book = shop.night()["customer"]
    assert (book["released"], book["removed"], book["added"]) == (0, 1, 1)


def test_who_comes_back_is_not_vanished_though_refused(shop: Shop) -> None:
    shop.client("1")
    shop.client("2")
    shop.night()
    shop.conn.execute("delete from client where no = '2'")
    shop.night()
    shop.client("2", mail="maija@")
    shop.night()
    assert shop.held("customer", "vanished_pull", "kept_rule")["2"] == (None, "format:email")


def test_one_suppressed_copy_suppresses_its_key(shop: Shop) -> None:
    shop.client("1", mail="poistettu@example.com")
    shop.client("1", mail="toinen@example.com")
    shop.client("2")
    token = pseudonyms.token(connections.secret("rekisteri_key_tombstone_v1"), "email", "poistettu@example.com")
    shop.warehouse.execute(
        "insert into vault.identifier_tombstone values (1, 'email', %s, %s, %s, %s)", (token, "p", NIGHT, NIGHT)
    )
    assert counts(shop.night()["customer"]) == (3, 1, 0, 0, 2)
    assert counts(shop.night(full=True)["customer"]) == (3, 0, 1, 0, 2)


def test_what_was_erased_while_a_pull_was_under_way_stays_erased(shop: Shop) -> None:
    shop.client("1")
    shop.client("2", tel="x")
    pull_id = ingest.open_pull("shop", NIGHT, "r")
    for step in (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations):
        step(pull_id)
    for key in ("1", "2"):
        shop.warehouse.execute(
            "insert into vault.row_tombstone values ('shop', 'customer', %s, null, 'erased', %s, %s)",
            (key, NIGHT, NIGHT),
        )
    merging.merge(pull_id)
    assert (shop.held("customer"), shop.refused()) == ({}, {})
    assert counts(shop.books(pull_id)["customer"]) == (2, 0, 0, 0, 2)


TIMES = {
    "2026-07-01 10:00:00": "2026-07-01 07:00",
    "2026-01-01 10:00": "2026-01-01 08:00",
    "2026-07-01T10:00:00Z": "2026-07-01 10:00",
    "2026-07-01 10:00:00.123+02": "2026-07-01 08:00",
    "2026-07-01 10:00:00+0530": "2026-07-01 04:30",
    "2026-07-01 10:00:00 UTC": None,
    "2026-07-01 10:00:00 America/New_York": None,
    "0000-00-00 00:00:00": None,
    "2026-02-30 10:00:00": None,
    "viime tiistaina": None,
}


def test_timestamps_are_read_whole_or_not_at_all(shop: Shop) -> None:
    shop.conn.execute("create table call (no text, client text, at text)")
    (extraction.sources.folder("shop") / "event.sql").write_text(
        "select no as source_key, client as customer_key, at as happened_at, 'contact' as kind from call\n"
    )
    shop.client("1")
    for at in TIMES:
        shop.conn.execute("insert into call values (%s, '1', %s)", (at, at))
    shop.night()
    held = shop.held("event", "to_char(happened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')")
    assert {at: held.get(at, (None,))[0] for at in TIMES} == TIMES
    assert set(shop.refused()) == {("event", at) for at, read in TIMES.items() if read is None}
