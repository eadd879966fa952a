"""Keys and references that no index could hold wait in quarantine, are read again, and stop no pull."""

import random
import string
from datetime import timedelta
from typing import Any

import pytest

from rekisteri import connections
from rekisteri.errors import DecisionRefused
from rekisteri.model import MOST_KEY_BYTES
from rekisteri.quarantine import deciding
from rekisteri.quarantine.retesting import retest
from tests.pull.conftest import NIGHT, Shop

LETTERS = string.ascii_letters + string.digits + "äöå€🙂"


def key(length: int, seed: int = 1) -> str:
    """Text that does not become shorter when it is compressed."""
    return "".join(random.Random(seed).choices(LETTERS, k=length))  # noqa: S311 - the same each time


KEYS = [*(key(n, n) for n in (3_000, 10_000, 100_000)), "k" * 100_000]
"""The last one an index could hold, compressed."""


def waiting(shop: Shop) -> list[tuple[Any, ...]]:
    """Return what waits: entity, key, rules, what was kept of the key, and its first day."""
    found = shop.warehouse.execute(
        "select entity, source_key, rules, row ->> 'source_key', first_refused_on from quarantine.row order by 1, 4"
    )
    return found.fetchall()


def state(shop: Shop) -> list[Any]:
    """Return all that is held and all that waits."""
    entities = ("customer", "contract", "service")
    return [*(shop.held(one, "vanished_pull is null", "kept_rule") for one in entities), waiting(shop)]


def balanced(books: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    assert all(book["balanced"] for book in books.values())
    return books


def as_one_full_pull(shop: Shop) -> None:
    before = state(shop)
    balanced(shop.night(full=True))
    assert state(shop) == before


def client(shop: Shop, no: str) -> None:
    shop.client(no, label="Yhtiö")


def deal(shop: Shop, no: str, of: str) -> None:
    shop.deal(no, of, ref="S-1")


def fill(shop: Shop) -> None:
    for n in range(20):
        client(shop, f"sound {n}")
        deal(shop, f"sound {n}", f"sound {n}")
    for one in KEYS:
        client(shop, one)
        deal(shop, one, "sound 1")
        deal(shop, f"of {one[:3]}{len(one)}", one)


def test_they_wait_and_the_nights_after_find_them_as_they_were(shop: Shop) -> None:
    fill(shop)
    first = balanced(shop.night())
    assert {e: (b["read"], b["inserted"], b["quarantined"]) for e, b in first.items()} == {
        "customer": (24, 20, 4), "contract": (28, 20, 8), "service": (0, 0, 0),
    }  # fmt: skip
    assert [(e, k, rules) for e, k, rules, _, _ in waiting(shop) if k is None] == [
        *[("contract", None, ["oversized:source_key"])] * 4, *[("customer", None, ["oversized:source_key"])] * 4,
    ]  # fmt: skip
    assert [rules for _, k, rules, _, _ in waiting(shop) if k] == [
        ["oversized:customer_key", "reference:customer_key"]
    ] * 4
    assert sorted(kept for e, k, _, kept, _ in waiting(shop) if e == "customer") == sorted(KEYS)
    before = state(shop)
    same = balanced(shop.night(night=NIGHT + timedelta(1)))
    assert [book["read"] for book in same.values()] == [0, 0, 0]
    client(shop, "new")
    part = balanced(shop.night(night=NIGHT + timedelta(2)))
    assert (part["customer"]["inserted"], part["customer"]["quarantined"]) == (1, 4)
    assert part["customer"]["read"] < 24
    assert (part["contract"]["quarantined"], part["contract"]["removed"]) == (8, 0)
    assert state(shop)[1:] == before[1:]
    as_one_full_pull(shop)


def test_a_new_one_and_a_changed_one_are_found_by_what_has_changed(shop: Shop) -> None:
    fill(shop)
    shop.night()
    client(shop, key(5_000, 5))
    shop.conn.execute("update client set label = 'Uusi' where no = %s", (KEYS[0],))
    books = balanced(shop.night())
    assert (books["customer"]["read"], books["customer"]["quarantined"], books["customer"]["added"]) == (5, 5, 2)
    as_one_full_pull(shop)


def test_once_mended_or_gone_at_the_source_it_waits_no_more(shop: Shop) -> None:
    fill(shop)
    shop.night()
    shop.conn.execute("update client set no = 'mended' where no = %s", (KEYS[0],))
    shop.conn.execute("delete from client where no = %s", (KEYS[1],))
    shop.conn.execute("update deal set client = 'mended' where client = %s", (KEYS[0],))
    balanced(shop.night())
    assert "mended" in shop.held("customer")
    assert len(shop.held("contract")) == 21
    assert [e for e, *_ in waiting(shop)] == ["contract"] * 7 + ["customer"] * 2
    as_one_full_pull(shop)


def test_a_held_record_whose_key_or_reference_becomes_too_long(shop: Shop) -> None:
    """The register's index of references could not hold it either: the last sound version stays."""
    fill(shop)
    shop.night()
    shop.conn.execute("update deal set client = %s where no = 'sound 1'", (KEYS[0],))
    shop.conn.execute("update client set no = %s where no = 'sound 3'", (key(4_000, 4),))
    books = balanced(shop.night())
    assert (books["customer"]["vanished"], books["contract"]["updated"]) == (1, 0)
    assert shop.held("contract", "customer_key", "kept_rule")["sound 1"] == ("sound 1", "oversized:customer_key")
    as_one_full_pull(shop)


def test_doubles_of_one_that_change_alike_are_found(shop: Shop) -> None:
    """Alike in everything they cancel each other out in the sums, before and after."""
    fill(shop)
    client(shop, KEYS[0])
    shop.night()
    shop.conn.execute("update client set label = 'Uusi' where no = %s", (KEYS[0],))
    books = balanced(shop.night())
    assert (books["customer"]["quarantined"], books["customer"]["removed"], books["customer"]["added"]) == (5, 2, 2)
    as_one_full_pull(shop)


def _let_in(shop: Shop, rule: str) -> int:
    """Have a person release what one rule alone refuses; return how many rows came in."""
    found = shop.warehouse.execute("select quarantine_id from quarantine.row where rules = array[%s]", (rule,))
    # The lock of the source lasts with the connection.
    with connections.connect("warehouse_dpo", autocommit=True) as officer:
        for (number,) in found.fetchall():
            deciding.release(officer, number, reason="as_it_is", staff="dpo", decided_on=NIGHT)
    return retest("shop", NIGHT).released


def test_the_longest_key_comes_in_once_a_person_lets_it(shop: Shop) -> None:
    """Two of its kind fit into one entry of every index."""
    most, longer = key(MOST_KEY_BYTES, 7).encode()[:MOST_KEY_BYTES].decode(errors="ignore"), ""
    most += "x" * (MOST_KEY_BYTES - len(most.encode()))
    longer = most + "x"
    for one in (most, longer):
        client(shop, one)
        deal(shop, f"of {len(one.encode())}", one)
    deal(shop, most, most)
    shop.line("1", most)
    shop.night()
    rules = {(e, kept): r for e, _, r, kept, _ in waiting(shop)}
    assert rules[("customer", most)] == ["length:source_key"]
    assert rules[("customer", longer)] == ["oversized:source_key"]
    assert rules[("contract", "of 1000")] == ["reference:customer_key"]
    assert rules[("contract", "of 1001")] == ["oversized:customer_key", "reference:customer_key"]
    # What waited for it waits for a person then.
    assert [_let_in(shop, "length:source_key"), _let_in(shop, "length:source_key")] == [2, 2]
    assert set(shop.held("customer")) == {most}
    assert set(shop.held("contract")) == {most, "of 1000"}
    assert set(shop.held("service")) == {"1"}
    client(shop, "new")
    balanced(shop.night())
    as_one_full_pull(shop)


def test_a_person_may_reject_one_and_not_release_it(shop: Shop) -> None:
    fill(shop)
    shop.night()
    found = shop.warehouse.execute(
        "select quarantine_id from quarantine.row where entity = 'customer' and length(row ->> 'source_key') = 3000"
    ).fetchone()
    assert found is not None
    with connections.connect("warehouse_dpo", autocommit=True) as officer:
        with pytest.raises(DecisionRefused, match="no index can hold such a key"):
            deciding.release(officer, found[0], reason="as_it_is", staff="dpo", decided_on=NIGHT)
        deciding.reject(officer, found[0], reason="not_ours", staff="dpo", decided_on=NIGHT)
    assert retest("shop", NIGHT).released == 0
    emptied = "select count(*) from quarantine.row where row is null"
    for full in (False, True):
        client(shop, f"new {full}")
        balanced(shop.night(full=full))
        assert shop.warehouse.execute(emptied).fetchone() == (1,)
    assert shop.warehouse.execute("select count(*) from quarantine.decision").fetchone() == (1,)
    shop.conn.execute("update client set label = 'Uusi' where no = %s", (KEYS[0],))
    balanced(shop.night())
    assert shop.warehouse.execute(emptied).fetchone() == (0,)
    assert shop.warehouse.execute("select count(*) from quarantine.decision").fetchone() == (0,)


def test_a_name_that_no_index_could_hold_comes_in_once_a_person_lets_it(shop: Shop) -> None:
    """Who is who looks by name among those that share an address: this one is like no other."""
    name = key(10_000, 8)
    shop.client("1", kind="person", label=name, mail="sama@firma.example")
    shop.client("2", kind="person", label=name, mail="sama@firma.example")
    shop.night()
    assert _let_in(shop, "length:name") == 2
    assert shop.held("customer", "name") == {"1": (name,), "2": (name,)}
    subjects = shop.warehouse.execute("select count(distinct subject_id) from register.subject_link").fetchone()
    assert subjects == (2,)


def test_a_held_row_whose_key_is_none_any_more_is_not_marked_as_gone(shop: Shop) -> None:
    """Held since before keys had a limit: it is refused from now on, and its source still has it."""
    client(shop, "1")
    client(shop, "2")
    shop.night()
    long = key(MOST_KEY_BYTES + 1)
    shop.warehouse.execute("update register.customer set source_key = %s where source_key = '1'", (long,))
    shop.conn.execute("update client set no = %s where no = '1'", (long,))
    balanced(shop.night(full=True))
    assert shop.held("customer", "vanished_pull") == {long: (None,), "2": (None,)}
    assert [row[2] for row in waiting(shop)] == [["oversized:source_key"]]
