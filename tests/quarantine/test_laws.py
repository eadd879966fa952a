"""Whatever happens in whatever order, nothing is lost or doubled, and a full pull at the end changes nothing more."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from rekisteri import audit, conforming, connections, erasure, paths
from rekisteri.errors import DecisionRefused
from rekisteri.nights import erasing, ingest
from rekisteri.quarantine import deciding, retesting
from tests.pull import conftest
from tests.pull.conftest import NIGHT, Shop
from tests.quarantine.test_retest import UNASSIGNED

TABLE_OF = {"customer": "client", "contract": "deal", "service": "line"}
EMPTIED = (
    'register.customer, register.contract, register.service, quarantine.row, quarantine.decision, '
    "vault.row_tombstone, vault.identifier_tombstone, vault.pseudonym, register.subject_link, register.subject, "
    "register.subject_review, register.erasure_item, register.erasure_plan, staging.arrival, staging.pull, "
    "staging.seen, staging.seen_bucket"
)  # fmt: skip
PHONES = (None, "011 123 4567", UNASSIGNED, "kysy Maijalta")


class World:
    """A source, its warehouse and the days that go by."""

    def __init__(self, shop: Shop, admin: psycopg.Connection[Any], set_night: Callable[[date], None]) -> None:
        self.shop, self.admin, self.set_night, self.day = shop, admin, set_night, NIGHT
        self.policy = paths.POLICY / "conforming.yaml"
        self.strict = self.policy.read_text(encoding="utf-8").replace(', "+358199"', "")
        self.mend(False)
        admin.execute(f"truncate {EMPTIED} cascade")
        for table in TABLE_OF.values():
            shop.conn.execute(f"truncate {table}")
        self.rejected: set[tuple[str, str | None, bytes]] = set()
        for n in range(5):
            shop.client(str(n), kind="person", tel=PHONES[n % 4], mail=f"c{n}@example.com", label="A" if n else None)
            # The relationship of the even ones is over: they are due.
            shop.deal(f"d{n}", str(n), ends="1.1.2021" if n % 2 == 0 else None)
            shop.line(f"l{n}", f"d{n}", region="CH" if n == 3 else "FI")
        self.night(False)

    def mend(self, mended: bool) -> None:
        """Let unassigned numbers pass, or do not any more."""
        text = self.strict.replace('["+35811"]', '["+35811", "+358199"]') if mended else self.strict
        self.policy.write_text(text, encoding="utf-8")
        conforming._phone_policy.cache_clear()

    def change(self, n: int, what: str) -> None:
        """Change, remove or add something at the source."""
        run = self.shop.conn.execute
        if what == "gone":
            run("delete from client where no = %s", (str(n),))
        elif what == "back" and not run("select from client where no = %s", (str(n),)).fetchall():
            self.shop.client(str(n), kind="person", mail=f"c{n}@example.com")
        elif what == "double":
            run("insert into client select * from client where no = %s limit 1", (str(n),))
        elif what == "single":
            run("delete from client where no = %s and ctid <> (select min(ctid) from client where no = %s)",
                (str(n), str(n)))  # fmt: skip
        elif what == "keyless":
            run("insert into client (kind, label) values ('person', %s)", (f"avaimeton {n}",))
        elif what == "other name":
            run("update client set label = 'B' where no = %s or label like 'avaimeton%%'", (str(n),))
        elif what == "inside":
            run("update line set region = 'FI'")
        else:
            run("update client set tel = %s where no = %s", (PHONES[n % 4], str((n + 1) % 5)))

    def night(self, full: bool) -> dict[str, dict[str, int]]:
        """Pull; hold the books against the source and the register."""
        self.set_night(self.day)
        books = self.shop.night(full=full, vanished=True)
        for entity, table in TABLE_OF.items():
            sent = Counter(no for (no,) in self.shop.conn.execute(f"select no from {table}"))
            held = {key: kept for key, (kept,) in self._present(entity).items()}
            waits = Counter(k for (k,) in self._rows("select source_key from quarantine.row where entity = %s", entity))
            gone = {k for (k,) in self._rows("select source_key from vault.row_tombstone where entity = %s", entity)}
            assert books[entity]["read"] + books[entity]["skipped"] == sum(sent.values())
            for key, times in sent.items():
                if waits[key]:
                    assert waits[key] == times
                    assert key not in held or held[key] is not None
                elif key not in gone:
                    assert times == 1, "doubled, and not refused"
                    assert held[key] is None, "lost"
                else:
                    assert key not in held, "erased and back"
            assert set(waits) | set(held) <= set(sent), "held or waiting, though the source does not send it"
        return books

    def _present(self, entity: str) -> dict[str, Any]:
        found = self._rows(f"select source_key, kept_rule, vanished_pull from register.{entity}")
        return {key: (kept,) for key, kept, vanished in found if vanished is None}

    def _rows(self, query: str, *bound: Any) -> list[Any]:
        return self.admin.execute(query, bound or None).fetchall()  # type: ignore[call-overload,no-any-return]

    def decide(self, n: int, decision: str) -> None:
        """Release or reject the n-th row, if it may be."""
        rows = self._rows("select quarantine_id, entity, source_key, digest from quarantine.row order by 1")
        if not rows:
            return
        number, entity, key, digest = rows[n % len(rows)]
        with connections.connect("warehouse_dpo", autocommit=True) as conn:
            try:
                if decision == "release":
                    deciding.release(conn, number, reason="r", staff="dpo", decided_on=self.day)
                else:
                    deciding.reject(conn, number, reason="r", staff="dpo", decided_on=self.day)
                    self.rejected.add((entity, key, bytes(digest)))
            except DecisionRefused:
                return
        if decision == "release":
            retesting.retest("shop", self.day)

    def retest(self) -> None:
        """Judge again twice: the second time nothing moves."""
        before = self.total()
        done = retesting.retest("shop", self.day).books.values()
        # What comes in moves; what the register had a version of, what is erased or lies outside now, becomes fewer.
        fewer = sum(book.suppressed + book.updated + book.unchanged + book.left for book in done)
        assert self.total() == before - fewer
        assert retesting.retest("shop", self.day).released == 0

    def total(self) -> int:
        """Rows in register and quarantine."""
        tables = ["quarantine.row", *(f"register.{entity}" for entity in TABLE_OF)]
        return sum(self._rows(f"select count(*) from {table}")[0][0] for table in tables)

    def wait(self, days: int) -> None:
        """Let days go by and the night empty what has had its time."""
        self.day += timedelta(days)
        erasing.expire_quarantine(self.day)
        over = "select count(*) from quarantine.row where row is not null and first_refused_on <= %s::date - 30"
        assert self._rows(over, self.day) == [(0,)]

    def erase(self) -> None:
        """Erase who is due."""
        pulls = self._rows("select pull_id from staging.pull order by started_at")
        ingest.link_subjects(str(pulls[-1][0]))
        made = erasing.plan_erasure()
        if not made["erase"]:
            return
        erasure.approve(self.shop.warehouse, made["checksum"], "dpo")
        erasing.erase(made["checksum"])

    def holds(self) -> None:
        """Hold what must be so after every step."""
        same = "select count(*) from quarantine.row group by entity, source_key, content_hash, copy having count(*) > 1"
        assert self._rows(same) == [], "doubled in quarantine"
        emptied = self._rows("select entity, source_key, digest from quarantine.row where row is not null")
        assert self.rejected.isdisjoint({(e, k, bytes(d)) for e, k, d in emptied}), "rejected, and kept"
        for entity in TABLE_OF:
            erased = (
                f"select count(*) from register.{entity} as known inner join vault.row_tombstone as t "
                "on t.entity = %s and t.source_key = known.source_key where known.vanished_pull is null"
            )
            assert self._rows(erased, entity) == [(0,)]

    def state(self) -> tuple[Any, ...]:
        """All that register and quarantine hold, but for hashes and pulls."""
        register = [
            (entity, self._rows(
                "select (to_jsonb(t) - array['first_pull', 'changed_pull', 'content_hash', 'vanished_pull'])::text, "
                f"vanished_pull is null from register.{entity} as t order by 1"
            ))
            for entity in TABLE_OF
        ]  # fmt: skip
        waiting = self._rows(
            "select entity, source_key, copy, gate, rules, first_refused_on, row::text, digest from quarantine.row "
            "order by entity, source_key, copy, digest"
        )
        return register, waiting


STEPS = st.one_of(
    st.tuples(
        st.just("change"),
        st.integers(0, 4),
        st.sampled_from(["gone", "back", "double", "single", "keyless", "other name", "inside", "phone"]),
    ),
    st.tuples(st.just("mend"), st.booleans()),
    st.tuples(st.just("decide"), st.integers(0, 9), st.sampled_from(["release", "reject"])),
    st.tuples(st.just("night"), st.booleans()),
    st.tuples(st.just("retest")),
    st.tuples(st.just("wait"), st.sampled_from([1, 16, 30])),
    st.tuples(st.just("erase")),
)


@pytest.fixture
def set_night(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[date], None]]:
    """Sets the night of the shop's pulls."""
    yield lambda night: monkeypatch.setattr(conftest, "NIGHT", night)
    conforming._phone_policy.cache_clear()


EVERYTHING: list[tuple[Any, ...]] = [
    ("change", 0, "keyless"), ("change", 1, "double"), ("night", False), ("decide", 3, "release"), ("mend", True),
    ("retest",), ("change", 4, "other name"), ("decide", 0, "reject"), ("night", False), ("wait", 16), ("erase",),
    ("mend", False), ("night", True), ("wait", 30), ("mend", True), ("retest",), ("change", 1, "single"),
]  # fmt: skip


@settings(
    max_examples=5, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@example(steps=EVERYTHING)
@given(steps=st.lists(STEPS, min_size=5, max_size=9))
def test_the_laws_of_quarantine(
    shop: Shop,
    admin: psycopg.Connection[Any],
    set_night: Callable[[date], None],
    tmp_path: Path,
    steps: list[tuple[Any, ...]],
) -> None:
    world = World(shop, admin, set_night)
    for name, *values in steps:
        getattr(world, name)(*values)
        world.holds()
    world.night(full=True)
    world.holds()
    after = world.state()
    retested = retesting.retest("shop", world.day)
    assert retested.released == 0, "a retest lets in what a full pull refuses"
    assert world.state() == after
    books = world.night(full=True)
    assert world.state() == after, "a second full pull changes something"
    assert sum(book[n] for book in books.values() for n in ("merged", "vanished", "left", "added", "removed")) == 0
    with connections.connect("warehouse_auditor", autocommit=True) as auditor:
        assert audit.verify(auditor).intact
