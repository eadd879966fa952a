"""Nights on sources of each kind: what changed is read and found, what is odd waits and does not stop the pull."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import extraction, merging, paths, quality, recount, statements
from rekisteri.errors import SourceError
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.origins.conftest import Place, arrived
from tests.pull.conftest import NIGHT

POLICY = """
sources:
  shop:
    title: Shop
    connection: origin_tried
    dialect: {dialect}
    controller: praecom
    processor: palvelupiste
    location: FI
    timezone: Europe/Helsinki
    parallel: 1
"""
CUSTOMER = (
    "select no as source_key, 'company' as kind, label as name, since as registered_on{more}\nfrom client -- all\n"
)
MARKED = CUSTOMER.format(more=",\n    changed as _changed_at")
DATED = {"mariadb": "datetime null", "sqlite": "text"}
each = pytest.mark.parametrize("place", ["mariadb", "sqlite"], indirect=True)
"""Those of PostgreSQL are in tests/pull."""
NOW = datetime.now(UTC).replace(microsecond=0, tzinfo=None)


@dataclass
class Shop:
    """A shop of some kind of database, and its nights."""

    place: Place
    folder: Path
    warehouse: psycopg.Connection[Any]
    nights: int = 0

    def select(self, entity: str, query: str) -> None:
        """Write a SELECT."""
        (self.folder / f"{entity}.sql").write_text(query, encoding="utf-8")

    def night(self, full: bool = False) -> dict[str, int]:
        """Pull once; return the customers' books."""
        self.nights += 1
        pull_id = ingest.open_pull("shop", NIGHT, f"run {self.nights}", full, ["vanished", "volume", "nulls"])
        for step in (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge):
            step(pull_id)
        recount.recount(pull_id)
        entry = "select numbers from audit.entry where kind = 'books' and entity = 'customer' order by seq desc limit 1"
        return dict(self.warehouse.execute(entry).fetchone()[0])  # type: ignore[index]

    def state(self) -> list[Any]:
        """Return all that is held and all that waits."""
        held = "select source_key, name, registered_on, vanished_pull is null from register.customer order by 1"
        waits = "select source_key, rules from quarantine.row order by 1"
        return [self.warehouse.execute(one).fetchall() for one in (held, waits)]  # type: ignore[arg-type]


@pytest.fixture
def shop(
    place: Place, warehouse: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """A shop without clients."""
    include = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, include)
    shutil.rmtree(include / "sql" / "extract")
    folder = include / "sql" / "extract" / "shop"
    folder.mkdir(parents=True)
    (include / "policy" / "sources.yaml").write_text(POLICY.format(dialect=place.dialect), encoding="utf-8")
    monkeypatch.setattr(paths, "SQL", include / "sql")
    monkeypatch.setattr(paths, "POLICY", include / "policy")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    statements.text.cache_clear()
    place.run(f"create table client (no varchar(20), label text, since varchar(20), changed {DATED[place.kind]})")
    made = Shop(place, folder, warehouse)
    made.select("customer", MARKED)
    yield made
    statements.text.cache_clear()


def _add(shop: Shop, no: str, label: str = "Yhtiö", hours: float | None = 240, since: str = "2020-02-01") -> None:
    changed = "null" if hours is None else f"'{NOW - timedelta(hours=hours)}'"
    shop.place.run(f"insert into client values ('{no}', '{label}', '{since}', {changed})")


def _touch(shop: Shop, no: str, label: str) -> None:
    shop.place.run(f"update client set label = '{label}', changed = '{NOW}' where no = '{no}'")


@contextmanager
def _as_one_full_pull(shop: Shop) -> Iterator[None]:
    yield
    before = shop.state()
    shop.night(full=True)
    assert shop.state() == before, "what changed was not all that was read"


@pytest.mark.parametrize("mode", ["", "ORACLE"])
@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
def test_what_is_reckoned_here_of_a_full_read_is_what_the_source_says(shop: Shop, mode: str) -> None:
    odd = [
        "",
        "\t\n\r\\ \x01 \x1f \x1f\x1f",
        "NULL",
        "\\N",
        "Åke 🙂",
        "'",
        '"',
        ",",
        "a\x01",
        "\\.",
        *map(str, range(40)),
    ]
    for n, label in enumerate([*odd, None]):
        literal = shop.place.literal(label)
        shop.place.run(
            f"insert into client values ({shop.place.literal(None if n == 3 else f'k{n}')}, {literal}, '', null)"
        )
    shop.select("customer", CUSTOMER.format(more=""))
    shop.place.run(f"set global sql_mode = '{mode}'")
    try:
        read = extraction.extract(ingest.open_pull("shop", NIGHT, "run 1"))
        assert read == {"customer": len(odd) + 1}
        reckoned = shop.warehouse.execute("select bucket::text, rows::text, sum from staging.shop__customer__sums")
        with shop.place.open() as origin:
            query = CUSTOMER.format(more="").removesuffix("-- all\n")
            summed = arrived(origin.sums(query, origin.columns(query), 64), 3)
        assert sorted(reckoned.fetchall()) == sorted(summed)
        assert len(summed) > 5
    finally:
        shop.place.run("set global sql_mode = default")


@each
def test_a_night_by_watermark_ends_as_one_that_reads_everything(shop: Shop) -> None:
    for n in range(60):
        _add(shop, f"k{n}", hours=240 + 3 * n)
    _add(shop, "odd '' \" % {0} 🙂")
    _add(shop, "never says", hours=None)
    assert shop.night()["read"] == 62
    assert shop.night()["merged"] == 0

    with _as_one_full_pull(shop):
        _touch(shop, "k1", "Muuttunut")
        _touch(shop, "odd '' \" % {0} 🙂", "Sekin")
        shop.place.run("update client set label = 'Hiljaa' where no = 'never says'")
        shop.place.run("delete from client where no in ('k2', 'k3')")
        _add(shop, "late", hours=9_000)
        _add(shop, "waits", label="", hours=9_000)
        book = shop.night()
        assert (book["merged"], book["vanished"], book["quarantined"]) == (4, 2, 1)
        assert book["read"] < 20
    held, waits = shop.state()
    assert {key for key, *_, here in held if not here} == {"k2", "k3"}
    assert {key: name for key, name, *_ in held}["never says"] == "Hiljaa"
    assert waits == [("waits", ["required:name"])]

    with _as_one_full_pull(shop):
        shop.place.run("update client set label = 'Kelpaa' where no = 'waits'")
        _add(shop, "k2")
        _touch(shop, "k5", "Muu")
        shop.night()
    held, waits = shop.state()
    assert {key for key, *_, here in held if not here} == {"k3"}
    # Its watermark does not say that it changed: it is asked for because it waits.
    assert ("waits" in {key for key, *_ in held}, waits) == (True, [])


@each
def test_a_night_without_a_watermark_finds_every_change(shop: Shop) -> None:
    shop.select("customer", CUSTOMER.format(more=""))
    for n in range(60):
        _add(shop, f"k{n}")
    assert shop.night()["read"] == 60
    again = shop.night()
    assert (again["read"], again["skipped"]) == ((60, 0) if shop.place.kind == "sqlite" else (0, 60))
    with _as_one_full_pull(shop):
        shop.place.run("update client set label = 'Muuttunut' where no = 'k1'")
        shop.place.run("delete from client where no = 'k2'")
        _add(shop, "new")
        book = shop.night()
        assert (book["merged"], book["vanished"]) == (2, 1)


@each
@pytest.mark.parametrize("more", ["", ",\n    changed as _changed_at"])
def test_keys_that_no_index_could_hold_wait_and_are_read_again(shop: Shop, more: str) -> None:
    shop.select("customer", CUSTOMER.format(more=more))
    if shop.place.kind == "mariadb":
        shop.place.run("alter table client modify no mediumtext")
    letters = random.Random(1)  # noqa: S311 - the same each time
    keys = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyzäöå🙂", k=n)) for n in (3_000, 10_000, 100_000, 3_001)]
    for n in range(60):
        _add(shop, f"k{n}")
    for key in keys[:3]:
        _add(shop, key)
    first = shop.night()
    assert (first["inserted"], first["quarantined"]) == (60, 3)
    assert shop.state()[1] == [(None, ["oversized:source_key"])] * 3
    with _as_one_full_pull(shop):
        book = shop.night()
        assert (book["balanced"], book["quarantined"] or book["waiting"], book["removed"]) == (True, 3, 0)
    with _as_one_full_pull(shop):
        _add(shop, keys[3], hours=9_000)
        _touch(shop, keys[0], "Muuttunut")
        shop.place.run(f"delete from client where no = '{keys[1]}'")
        shop.place.run(f"update client set no = 'mended', changed = '{NOW}' where no = '{keys[2]}'")
        book = shop.night()
        assert (book["inserted"], book["quarantined"], book["removed"], book["added"]) == (1, 2, 3, 2)
    assert shop.state()[1] == [(None, ["oversized:source_key"])] * 2


@each
def test_a_zero_date_waits_and_stops_nobody(shop: Shop) -> None:
    if shop.place.kind == "mariadb":
        shop.place.run("set session sql_mode = ''")
        shop.place.run("alter table client modify since date not null")
    _add(shop, "1")
    _add(shop, "2", since="0000-00-00")
    _add(shop, "3", since="2026-02-30" if shop.place.kind != "mariadb" else "2026-02-00")
    shop.night()
    held, waits = shop.state()
    assert [key for key, *_ in held] == ["1"]
    assert waits == [("2", ["format:registered_on"]), ("3", ["format:registered_on"])]


@each
def test_a_nul_in_a_text_stops_the_pull_by_the_name_of_its_select(shop: Shop) -> None:
    nul = {"mariadb": "concat('Salainen', x'00')", "sqlite": "'Salainen' || char(0)"}[shop.place.kind]
    _add(shop, "1")
    shop.place.run(f"update client set label = {nul}")
    said = r"extract/shop/customer\.sql: the source sends what text cannot hold, such as NUL.*convert that column"
    with pytest.raises(SourceError, match=said) as raised:
        shop.night()
    assert "Salainen" not in str(raised.value)
    shop.select("customer", MARKED.replace("label as name", "'x' as name"))
    assert shop.night()["merged"] == 1


@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
def test_a_timestamp_of_mariadb_is_a_moment_and_a_datetime_is_local(shop: Shop) -> None:
    _add(shop, "1")
    shop.place.run("set session time_zone = '+03:00'")
    shop.place.run("create table calls (no int, at timestamp null, wall datetime)")
    shop.place.run("insert into calls values (1, '2026-07-01 10:00:00', '2026-07-01 10:00:00')")
    for no, column in ((1, "at"), (2, "wall")):
        said = f"select {no} as source_key, '1' as customer_key, {column} as happened_at, 'contact' as kind"
        shop.select("event", f"{said}\nfrom calls")
        shop.night()
        held = shop.warehouse.execute(
            "select happened_at at time zone 'UTC' from register.event where source_key = %s", (str(no),)
        ).fetchall()
        assert held == [(datetime(2026, 7, 1, 7),)], column
